import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { camelCaseKeys } from '../wire/camel-case.js';

const DEFAULT_LIFE_MS = 30 * 60_000;
const DEFAULT_START_MS = 60_000;
const MAX_LIFE_MS = 20 * 3600_000;
const MAX_TOKENS = 10_000;

const request = z.object({
  uses: z.number().int().min(0).default(1),
  expireTime: z.iso.datetime({ offset: true }).optional(),
  newSessionExpireTime: z.iso.datetime({ offset: true }).optional(),
  bidiGenerateContentSetup: z.record(z.string(), z.unknown()).optional(),
  fieldMask: z.string().optional(),
});

export interface EphemeralToken {
  name: string;
  /** 0: no limit. */
  usesLeft: number;
  unlimited: boolean;
  expiresAt: number;
  newSessionUntil: number;
  /** What a connection with this token must be set up with; its keys are camelCase. */
  setup: Record<string, unknown> | undefined;
  /** Paths in `setup` that are fixed; empty: all of it. */
  fixed: string[];
}

/** Short-lived tokens that a browser may connect with, kept in memory. */
export class EphemeralTokens {
  private readonly tokens = new Map<string, EphemeralToken>();

  /** Makes a token from the body of `POST /v1alpha/auth_tokens`. Throws an Error with a sentence for a bad body. */
  create(body: unknown, now = Date.now()): EphemeralToken {
    const parsed = request.safeParse(camelCaseKeys(body ?? {}));
    if (!parsed.success)
      throw new Error(
        `Invalid value at '${parsed.error.issues[0]?.path.join('.')}': ${parsed.error.issues[0]?.message}`,
      );
    const { uses, expireTime, newSessionExpireTime, bidiGenerateContentSetup, fieldMask } = parsed.data;
    const expiresAt = expireTime ? Date.parse(expireTime) : now + DEFAULT_LIFE_MS;
    const newSessionUntil = newSessionExpireTime ? Date.parse(newSessionExpireTime) : now + DEFAULT_START_MS;
    if (Math.max(expiresAt, newSessionUntil) > now + MAX_LIFE_MS)
      throw new Error('expire_time must be less than 20 hours in the future.');
    if (Math.min(expiresAt, newSessionUntil) <= now) throw new Error('expire_time must be in the future.');
    const token: EphemeralToken = {
      name: `auth_tokens/${randomBytes(32).toString('hex')}`,
      usesLeft: uses,
      unlimited: uses === 0,
      expiresAt,
      newSessionUntil,
      setup: bidiGenerateContentSetup,
      fixed: (fieldMask ?? '')
        .split(',')
        .map((path) => path.trim())
        .filter((path) => path !== ''),
    };
    this.forgetOld(now);
    this.tokens.set(token.name, token);
    return token;
  }

  /** The token, if it can still open a session. Resuming one needs neither a use nor the start window. */
  find(name: string, now = Date.now()): EphemeralToken | undefined {
    const token = this.tokens.get(name);
    return token && token.expiresAt > now ? token : undefined;
  }

  /** Spends a use for a new session; false when there is none or the time to begin one is over. */
  spend(token: EphemeralToken, now = Date.now()): boolean {
    if (token.newSessionUntil <= now) return false;
    if (token.unlimited) return true;
    if (token.usesLeft === 0) return false;
    token.usesLeft--;
    return true;
  }

  private forgetOld(now: number): void {
    for (const [name, token] of this.tokens) {
      if (this.tokens.size < MAX_TOKENS && token.expiresAt > now) break;
      this.tokens.delete(name);
    }
  }
}

/** The setup a connection gets: what its token fixes wins over what the client asks for. */
export function applyTokenSetup(asked: Record<string, unknown>, token: EphemeralToken): Record<string, unknown> {
  if (!token.setup) return asked;
  if (token.fixed.length === 0)
    return { ...token.setup, sessionResumption: asked['sessionResumption'] ?? token.setup['sessionResumption'] };
  const result = structuredClone(asked);
  for (const path of token.fixed)
    copyPath(token.setup, result, path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()).split('.'));
  return result;
}

function copyPath(from: Record<string, unknown>, to: Record<string, unknown>, [key = '', ...rest]: string[]): void {
  if (!Object.hasOwn(from, key)) return;
  if (rest.length === 0) {
    to[key] = from[key];
    return;
  }
  if (typeof from[key] !== 'object' || from[key] === null) return;
  if (typeof to[key] !== 'object' || to[key] === null) to[key] = {};
  copyPath(from[key] as Record<string, unknown>, to[key] as Record<string, unknown>, rest);
}
