/** What a route asks of a request before it is read. Kept in the Fastify route's `config`, where hooks find it. */

/**
 * `credential` needs an API key or a session; `public` is open; `sign-in` is open, but under the strictest rate limit.
 * A route that says nothing needs a credential.
 */
export type Access = 'credential' | 'public' | 'sign-in';

const PROBES = new Set(['/livez', '/readyz', '/health']);

interface RoutedRequest {
  is404: boolean;
  routeOptions: { url?: string | undefined; config?: unknown };
}

export function accessOf(request: RoutedRequest): Access {
  if (request.is404) return 'public';
  return (request.routeOptions.config as { access?: Access } | undefined)?.access ?? 'credential';
}

/** The platform asks these all the time: neither limited nor logged. */
export function isProbe(request: RoutedRequest): boolean {
  return PROBES.has(request.routeOptions.url ?? '');
}

/** The route's pattern, for metrics: a bounded set of values. */
export function routeOf(request: RoutedRequest): string {
  return request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched');
}
