import { describe, expect, it } from '@jest/globals';
import { TrustedOrigins } from './trusted-origins.js';

const origins = new TrustedOrigins({ allowedOrigins: ['https://console.example'] });
const cookie = 'ov_session=s';
const refused = expect.objectContaining({
  kind: 'permission_denied',
  violations: [expect.objectContaining({ field: 'Origin' })],
});

describe('TrustedOrigins', () => {
  it('lets a page of an allowed origin change things with a session', () => {
    origins.check({ method: 'POST', headers: { cookie, origin: 'https://console.example' } });
  });

  it.each([
    undefined,
    'null',
    'https://evil.example',
    'https://console.example.evil.example',
    'http://console.example',
  ])('refuses a change with a session from origin %s', (origin) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(() => origins.check({ method, headers: { cookie, origin } })).toThrow(refused);
    }
  });

  it('does not care about reading, which CORS guards', () => {
    origins.check({ method: 'GET', headers: { cookie, origin: 'https://evil.example' } });
  });

  it('does not care about API keys, which no browser adds by itself', () => {
    const headers = { cookie, origin: 'https://evil.example' };
    origins.check({ method: 'POST', headers: { ...headers, 'x-api-key': 'k' } });
    origins.check({ method: 'POST', headers: { ...headers, authorization: 'Bearer k' } });
  });

  it('refuses a sign-in from a foreign page, but not one from a program', () => {
    expect(() => origins.check({ method: 'POST', headers: { origin: 'https://evil.example' } })).toThrow(refused);
    origins.check({ method: 'POST', headers: {} });
  });
});
