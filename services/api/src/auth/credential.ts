/** What a request proves itself with: an API key in a header, or the console's session cookie. */
import { DomainError } from '@orbisvoice/service-kit/errors';
import { readSessionCookie } from './session-cookie.js';

export interface Credential {
  kind: 'api-key' | 'session';
  secret: string;
  /** The header that it came in, for error messages. */
  source: 'X-API-Key' | 'Authorization' | 'Cookie';
}

interface RequestHeaders {
  'x-api-key'?: string | string[] | undefined;
  authorization?: string | undefined;
  cookie?: string | undefined;
}

/** Longer than any secret that accounts makes: refused without a look-up. */
const MAX_SECRET_LENGTH = 256;

/**
 * An explicit header wins over a cookie that a browser adds by itself. Two keys must be the same one: which of them was meant, and so
 * whose organization, is not for us to guess.
 * @throws DomainError `unauthenticated`
 */
export function readCredential(headers: RequestHeaders): Credential | undefined {
  const apiKey = headers['x-api-key'];
  const keys: Credential[] = [];
  if (apiKey !== undefined) {
    keys.push({ kind: 'api-key', secret: checked(String(apiKey).trim()), source: 'X-API-Key' });
  }
  if (headers.authorization !== undefined) {
    keys.push({ kind: 'api-key', secret: checked(readBearer(headers.authorization)), source: 'Authorization' });
  }
  const [key, other] = keys;
  if (key && other && key.secret !== other.secret) {
    throw new DomainError('unauthenticated', 'X-API-Key and Authorization hold different API keys. Send one of them.');
  }
  if (key) return key;
  const session = readSessionCookie(headers.cookie);
  return session === undefined ? undefined : { kind: 'session', secret: checked(session), source: 'Cookie' };
}

export function hasApiKey(headers: RequestHeaders): boolean {
  return headers['x-api-key'] !== undefined || headers.authorization !== undefined;
}

function readBearer(header: string): string {
  const key = /^Bearer +(\S+)$/i.exec(header.trim())?.[1];
  if (key === undefined) {
    throw new DomainError('unauthenticated', 'The Authorization header must be "Bearer" and an API key.');
  }
  return key;
}

function checked(secret: string): string {
  if (secret === '') throw new DomainError('unauthenticated', 'The API key is empty.');
  if (secret.length > MAX_SECRET_LENGTH)
    throw new DomainError('unauthenticated', 'The API key or session is not valid.');
  return secret;
}
