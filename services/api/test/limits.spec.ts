import { afterEach, describe, expect, it } from '@jest/globals';
import {
  acceptCredentials,
  API_KEY_ID,
  CONSOLE_ORIGIN,
  freshKey,
  inAnHour,
  ORGANIZATION_ID,
  startApi,
  type ApiUnderTest,
} from './api-under-test.js';

let api: ApiUnderTest;
afterEach(async () => await api?.stop());

async function start(environment: Record<string, string>) {
  api = await startApi(environment);
  acceptCredentials(api.fakes);
  api.fakes.on('agents', { listAgents: () => ({ agents: [], nextPageToken: '' }) });
}

describe('rate limits (S0-27)', () => {
  it('count the requests of one key, say what is left, and then when to come back', async () => {
    await start({ RATE_LIMIT_REQUESTS: '3', RATE_LIMIT_WINDOW: '30s' });
    const headers = { 'x-api-key': freshKey() };
    const left = [];
    for (let index = 0; index < 3; index += 1) {
      const answer = await api.ask('GET', '/v1/agents', { headers });
      expect([answer.status, answer.headers.get('ratelimit-policy')]).toEqual([200, '"credential";q=3;w=30']);
      left.push(answer.headers.get('ratelimit'));
    }
    expect(left).toEqual(['"credential";r=2;t=30', '"credential";r=1;t=30', '"credential";r=0;t=30']);
    const refused = await api.ask('GET', '/v1/agents', { headers });
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ type: 'https://orbisvoice.dev/problems/resource-exhausted', retryable: true });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(28);
    expect(refused.headers.get('ratelimit')).toMatch(/^"credential";r=0;t=(29|30)$/);
    expect(await api.service.registry.metrics()).toMatch(
      /orbisvoice_api_rate_limited_total\{policy="credential",service="api"\} 1/,
    );
  });

  it('count keys apart, and a known key not against its address', async () => {
    await start({ RATE_LIMIT_REQUESTS: '3' });
    let other = 0;
    api.fakes.on('accounts', {
      authenticateApiKey: ({ secret }) => ({
        organizationId: ORGANIZATION_ID,
        apiKeyId: secret.endsWith('2') ? API_KEY_ID : 'd1d2e3f4-0a1b-4c2d-8e3f-4a5b6c7d8e9f',
      }),
    });
    for (const key of ['key-1', 'key-2']) {
      for (let index = 0; index < 3; index += 1) {
        other += (await api.ask('GET', '/v1/agents', { headers: { 'x-api-key': key } })).status === 200 ? 1 : 0;
      }
    }
    expect(other).toBe(6);
  });

  it('count guesses of keys by address, whatever they guess', async () => {
    await start({ RATE_LIMIT_REQUESTS: '4' });
    api.fakes.on('accounts', {
      authenticateApiKey: () => {
        throw new Error('no such key');
      },
    });
    const statuses = [];
    for (let index = 0; index < 6; index += 1) {
      statuses.push((await api.ask('GET', '/v1/agents', { headers: { 'x-api-key': `guess-${index}` } })).status);
    }
    // One request of the four was the OpenAPI document, read at the start.
    expect(statuses).toEqual([500, 500, 500, 429, 429, 429]);
    expect(api.fakes.callsOf('accounts.authenticateApiKey')).toHaveLength(3);
  });

  it('allow few attempts to sign in', async () => {
    await start({});
    api.fakes.on('accounts', { redeemSignInLink: () => ({ sessionToken: 's', expiresAt: inAnHour() }) });
    const statuses = [];
    for (let index = 0; index < 12; index += 1) {
      const options = { as: 'nobody' as const, body: { token: 'x' } };
      statuses.push((await api.ask('POST', '/auth/sign-in-links/redeem', options)).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 204), 429, 429]);
    expect((await api.ask('GET', '/v1/agents')).status).toBe(200);
  });

  it('do not count probes', async () => {
    await start({ RATE_LIMIT_REQUESTS: '2' });
    for (let index = 0; index < 5; index += 1) expect((await fetch(`${api.url}/readyz`)).status).toBe(200);
  });

  it('count unknown addresses', async () => {
    await start({ RATE_LIMIT_REQUESTS: '2' });
    expect((await api.ask('GET', '/nowhere', { as: 'nobody' })).status).toBe(404);
    expect((await api.ask('GET', '/nowhere', { as: 'nobody' })).status).toBe(429);
  });

  it('believe a forwarded address only from a trusted proxy', async () => {
    const ask = async (count: number) => {
      const statuses = [];
      for (let index = 0; index < count; index += 1) {
        const headers = { 'x-forwarded-for': `203.0.113.${index}` };
        statuses.push((await api.ask('GET', '/nowhere', { as: 'nobody', headers })).status);
      }
      return statuses;
    };
    await start({ RATE_LIMIT_REQUESTS: '2', TRUSTED_PROXIES: '127.0.0.0/8' });
    expect(await ask(4)).toEqual([404, 404, 404, 404]);
    await api.stop();
    await start({ RATE_LIMIT_REQUESTS: '2' });
    expect(await ask(3)).toEqual([404, 429, 429]);
  });
});

describe('CORS (S0-26)', () => {
  const preflight = (origin: string) =>
    api.ask('OPTIONS', '/v1/agents', {
      as: 'nobody',
      headers: { origin, 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'content-type' },
    });

  it('lets pages of allowed origins in, with their session, and lets them read what they need', async () => {
    await start({});
    const answer = await preflight(CONSOLE_ORIGIN);
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(CONSOLE_ORIGIN);
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    expect(answer.headers.get('access-control-allow-methods')).toContain('PATCH');
    const read = await api.ask('GET', '/v1/agents', { as: 'nobody', headers: { origin: CONSOLE_ORIGIN } });
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([401, CONSOLE_ORIGIN]);
    expect(read.headers.get('access-control-expose-headers')).toContain('Retry-After');
    expect(read.headers.get('vary')).toContain('Origin');
  });

  it('lets no other origin in', async () => {
    await start({});
    for (const origin of ['https://evil.example', `${CONSOLE_ORIGIN}.evil.example`, 'null']) {
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('lets nobody in when no origin is configured', async () => {
    await start({ CORS_ORIGINS: '' });
    expect((await preflight(CONSOLE_ORIGIN)).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('security headers', () => {
  it('are on every answer', async () => {
    await start({});
    for (const path of ['/v1/agents', '/nowhere', '/health', '/openapi.json']) {
      const { headers } = await api.ask('GET', path, { as: 'nobody' });
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
      expect([headers.get('x-frame-options'), headers.get('x-content-type-options')]).toEqual(['DENY', 'nosniff']);
    }
  });
});
