/** The signed part of a call token: a JWT that says who may start one call, with which agent, from where, until when. */
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

const ISSUER = 'orbisvoice-accounts';
const TYPE = 'orbisvoice-call+jwt';
const MAX_LENGTH = 2_048;

export const CALL_TOKEN_LIFETIME_S = 60;

export interface CallGrant {
  /** UUID, burnt when the token is spent. */
  jti: string;
  organizationId: string;
  agentId: string;
  /** '': only clients that send no Origin header. */
  origin: string;
  /** Who asked for the token: "api-key:<id>" or "session:<id>". */
  subject: string;
  /** The call reaches the agent's draft instead of its published version. */
  draft: boolean;
  expiresAt: Date;
}

const claims = z.object({
  jti: z.uuid(),
  org: z.uuid(),
  agent: z.uuid(),
  origin: z.string(),
  sub: z.string(),
  draft: z.boolean().default(false),
  exp: z.number(),
});

export async function signCallToken(grant: CallGrant, key: Uint8Array): Promise<string> {
  const { jti, organizationId, agentId, origin, subject, draft, expiresAt } = grant;
  return await new SignJWT({ org: organizationId, agent: agentId, origin, ...(draft && { draft }) })
    .setProtectedHeader({ alg: 'HS256', typ: TYPE })
    .setIssuer(ISSUER)
    .setJti(jti)
    .setSubject(subject)
    .setExpirationTime(expiresAt)
    .sign(key);
}

/** What the token grants, or why it grants nothing. Whether it was spent before is not in it. */
export async function readCallToken(
  token: string,
  key: Uint8Array,
  now: Date,
): Promise<CallGrant | 'invalid' | 'expired'> {
  if (token.length > MAX_LENGTH) return 'invalid';
  try {
    const options = { issuer: ISSUER, typ: TYPE, algorithms: ['HS256'], currentDate: now };
    const { payload } = await jwtVerify(token, key, options);
    const { jti, org, agent, origin, sub, draft, exp } = claims.parse(payload);
    return { jti, organizationId: org, agentId: agent, origin, subject: sub, draft, expiresAt: new Date(exp * 1000) };
  } catch (error) {
    return error instanceof errors.JWTExpired ? 'expired' : 'invalid';
  }
}
