const HSTS = 'max-age=31536000; includeSubDomains';
/** An API answer is data: nothing in it may run, load or be framed. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Of every answer. A route that sets its own value for one keeps it. */
export function securityHeaders(https: boolean): Record<string, string> {
  return {
    'content-security-policy': API_POLICY,
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    ...(https ? { 'strict-transport-security': HSTS } : {}),
  };
}
