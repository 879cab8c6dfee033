const HEADERS = {
  'x-frame-options': 'DENY',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'permissions-policy': 'microphone=(self), camera=(), geolocation=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
};
/** Of this host alone: what its neighbours speak is not the console's business. */
const HSTS = 'max-age=31536000';

/** Of every answer. Pages have a content security policy of their own beside them. */
export function securityHeaders(https: boolean): Record<string, string> {
  return { ...HEADERS, ...(https ? { 'strict-transport-security': HSTS } : {}) };
}
