/** What a redirect turns a request into. The new URL is checked like the first one. */
import { OutboundError } from './outbound-error.js';

export type OutboundMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Hop {
  method: OutboundMethod;
  url: URL;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Any other header may be a secret, so it stays with the origin that it was meant for. */
const KEPT_ACROSS_ORIGINS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'idempotency-key',
  'user-agent',
]);

export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status);
}

/**
 * Methods change as in the fetch standard: 303 turns all but HEAD into GET, 301 and 302 do so with POST.
 * @throws OutboundError `blocked` for a step from https to http, `failed` for a location that is not a URL
 */
export function followRedirect(hop: Hop, status: number, location: string | undefined): Hop {
  const url = location === undefined ? null : URL.parse(location, hop.url.href);
  if (!url) throw new OutboundError('failed', 'The endpoint redirected without a usable location.');
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') {
    throw new OutboundError('blocked', 'A redirect from https to http is not followed.');
  }
  const toGet = (status === 303 && hop.method !== 'HEAD') || (status <= 302 && hop.method === 'POST');
  const headers = Object.entries(hop.headers).filter(
    ([name]) => (url.origin === hop.url.origin || KEPT_ACROSS_ORIGINS.has(name)) && !(toGet && name === 'content-type'),
  );
  return {
    method: toGet ? 'GET' : hop.method,
    url,
    headers: Object.fromEntries(headers),
    body: toGet ? undefined : hop.body,
  };
}
