/**
 * Who calls, on every internal RPC. An edge (api, voice-gateway, standalone) mints a short-lived HS256 JWT from what it
 * authenticated, for the one service that it calls; every service refuses an RPC without one. See docs/decisions/0003-caller-context.md.
 */
import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { DomainError } from './errors.js';

export const CALLER_METADATA_KEY = 'orbisvoice-caller';
const ISSUER = 'orbisvoice-edge';
const LIFETIME_S = 60;
const CLOCK_TOLERANCE_S = 5;
const REUSE_MS = 30_000;
const MAX_CACHED = 10_000;

/** `member` acts within an organization, `edge` may check credentials, `operator` may create organizations. */
export type CallerRole = 'member' | 'edge' | 'operator';

export interface Caller {
  /** UUID. Absent for callers that act for no tenant. */
  organizationId?: string;
  /** Such as "api-key:<id>", "session:<id>", "call:<id>", "service:voice-gateway". */
  subject: string;
  roles: CallerRole[];
}

const claims = z.object({
  sub: z.string().min(1),
  org: z.uuid().optional(),
  roles: z.array(z.enum(['member', 'edge', 'operator'])),
});

export class CallerContexts {
  private readonly key: Uint8Array;
  private readonly minted = new Map<string, { token: string; mintedAt: number }>();

  constructor(secret: string) {
    this.key = new TextEncoder().encode(secret);
  }

  /** @param audience the service that is called, such as "agents": no other one takes the token */
  async mint(caller: Caller, audience: string): Promise<string> {
    const cacheKey = `${audience}|${caller.organizationId ?? ''}|${caller.subject}|${caller.roles.join()}`;
    const cached = this.minted.get(cacheKey);
    if (cached && Date.now() - cached.mintedAt < REUSE_MS) return cached.token;
    const token = await new SignJWT({ org: caller.organizationId, roles: caller.roles })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setSubject(caller.subject)
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_S}s`)
      .sign(this.key);
    if (this.minted.size >= MAX_CACHED) this.minted.clear();
    this.minted.set(cacheKey, { token, mintedAt: Date.now() });
    return token;
  }

  /** @param audience the service that asks. @throws DomainError `unauthenticated` */
  async verify(token: string | undefined, audience: string): Promise<Caller> {
    if (token === undefined) throw new DomainError('unauthenticated', 'The caller context is missing.');
    try {
      const { payload } = await jwtVerify(token, this.key, {
        issuer: ISSUER,
        audience,
        algorithms: ['HS256'],
        requiredClaims: ['exp', 'iat', 'aud'],
        // Whatever it says of its end.
        maxTokenAge: LIFETIME_S,
        clockTolerance: CLOCK_TOLERANCE_S,
      });
      const { sub, org, roles } = claims.parse(payload);
      return { subject: sub, roles, ...(org === undefined ? {} : { organizationId: org }) };
    } catch (cause) {
      throw new DomainError('unauthenticated', 'The caller context is not valid.', { cause });
    }
  }
}

/** The caller's organization. @throws DomainError `permission_denied` when it acts for none. */
export function organizationOf(caller: Caller): string {
  if (caller.organizationId === undefined) {
    throw new DomainError('permission_denied', 'This needs a caller that acts for an organization.');
  }
  return caller.organizationId;
}

/** @throws DomainError `permission_denied` */
export function requireRole(caller: Caller, role: CallerRole): void {
  if (!caller.roles.includes(role)) throw new DomainError('permission_denied', `This needs the role ${role}.`);
}
