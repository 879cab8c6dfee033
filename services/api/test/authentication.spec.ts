import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DomainError } from '@orbisvoice/service-kit/errors';
import {
  acceptCredentials,
  API_KEY_ID,
  CONSOLE_ORIGIN,
  freshKey,
  inAnHour,
  ORGANIZATION_ID,
  SESSION_ID,
  startApi,
  type ApiUnderTest,
} from './api-under-test.js';
import { agent } from './samples.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
}, 60_000);
afterAll(async () => await api?.stop());
beforeEach(() => {
  acceptCredentials(api.fakes);
  api.fakes.on('agents', { listAgents: () => ({ agents: [agent], nextPageToken: '' }), deleteAgent: () => ({}) });
});
afterEach(() => {
  expect(api.fakes.unexpected).toEqual([]);
  api.fakes.reset();
});

const refuse =
  (message: string, field = 'secret') =>
  () => {
    throw new DomainError('unauthenticated', message, { violations: [{ field, message }] });
  };

describe('a request', () => {
  it.each([
    ['X-API-Key', (key: string) => ({ 'x-api-key': key })],
    ['a bearer token', (key: string) => ({ authorization: `Bearer ${key}` })],
  ])(
    'is let in with an API key as %s, and acts for its organization as a member (S0-20, S0-23)',
    async (_, headers) => {
      const key = freshKey();
      expect((await api.ask('GET', '/v1/agents', { headers: headers(key) })).status).toBe(200);
      const [look, list] = api.fakes.calls;
      expect(look).toEqual({
        method: 'accounts.authenticateApiKey',
        request: { secret: key },
        caller: { subject: 'service:api', roles: ['edge'] },
      });
      expect(list?.caller).toEqual({
        organizationId: ORGANIZATION_ID,
        subject: `api-key:${API_KEY_ID}`,
        roles: ['member'],
      });
    },
  );

  it('is let in with the session cookie of the console', async () => {
    expect((await api.ask('GET', '/v1/agents', { as: 'session' })).status).toBe(200);
    expect(api.fakes.callsOf('accounts.authenticateSession')[0]?.request).toEqual({ sessionToken: 'good' });
    expect(api.fakes.callsOf('agents.listAgents')[0]?.caller.subject).toBe(`session:${SESSION_ID}`);
  });

  it('is refused without a credential', async () => {
    const { status, headers, body } = await api.ask('GET', '/v1/agents', { as: 'nobody' });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect(body).toMatchObject({ type: 'https://orbisvoice.dev/problems/unauthenticated', retryable: false });
    expect(api.fakes.calls).toEqual([]);
  });

  it('is refused with a key that accounts refuses, and told why, by the name of the header it came in (S0-24)', async () => {
    api.fakes.on('accounts', { authenticateApiKey: refuse('The API key has expired.') });
    const { status, body } = await api.ask('GET', '/v1/agents', { headers: { 'x-api-key': 'ov_live_expired' } });
    expect(status).toBe(401);
    expect(body).toMatchObject({
      detail: 'The API key has expired.',
      errors: [{ field: 'X-API-Key', message: 'The API key has expired.' }],
    });
    const bearer = await api.ask('GET', '/v1/agents', { headers: { authorization: 'Bearer ov_live_expired' } });
    expect(bearer.body.errors[0].field).toBe('Authorization');
  });

  it('is refused with a session that has ended', async () => {
    api.fakes.on('accounts', { authenticateSession: refuse('The session has ended.', 'session_token') });
    const { status, body } = await api.ask('GET', '/v1/agents', { headers: { cookie: 'ov_session=ended' } });
    expect([status, body.errors[0].field]).toEqual([401, 'Cookie']);
  });

  it('is refused before its body is read', async () => {
    const { status } = await api.ask('POST', '/v1/agents', { as: 'nobody', body: '{"broken' });
    expect(status).toBe(401);
  });

  it('is told to come back when accounts is away', async () => {
    api.fakes.on('accounts', {
      authenticateApiKey: () => {
        throw new DomainError('unavailable', 'The database is not connected yet.', { retryAfterMs: 1_500 });
      },
    });
    const { status, headers, body } = await api.ask('GET', '/v1/agents', { headers: { 'x-api-key': freshKey() } });
    expect([status, headers.get('retry-after'), body.retryable]).toEqual([503, '2', true]);
  });
});

describe('look-ups', () => {
  it('are remembered while they succeed and asked again when they failed', async () => {
    const headers = { 'x-api-key': freshKey() };
    api.fakes.on('accounts', { authenticateApiKey: refuse('The API key was revoked.') });
    expect((await api.ask('GET', '/v1/agents', { headers })).status).toBe(401);
    acceptCredentials(api.fakes);
    expect((await api.ask('GET', '/v1/agents', { headers })).status).toBe(200);
    expect((await api.ask('GET', '/v1/agents', { headers })).status).toBe(200);
    expect(api.fakes.callsOf('accounts.authenticateApiKey')).toHaveLength(2);
  });

  it('forget a key at once that is revoked here', async () => {
    const headers = { 'x-api-key': freshKey() };
    api.fakes.on('accounts', { revokeApiKey: () => ({ apiKey: undefined }) });
    expect((await api.ask('DELETE', `/v1/api-keys/${API_KEY_ID}`, { headers })).status).toBe(204);
    api.fakes.on('accounts', { authenticateApiKey: refuse('The API key was revoked.') });
    expect((await api.ask('GET', '/v1/agents', { headers })).status).toBe(401);
  });

  it('do not keep a session past its end', async () => {
    const past = { seconds: BigInt(1), nanos: 0 };
    api.fakes.on('accounts', {
      authenticateSession: () => ({ organizationId: ORGANIZATION_ID, sessionId: SESSION_ID, expiresAt: past }),
    });
    const options = { headers: { cookie: 'ov_session=short' } };
    await api.ask('GET', '/v1/agents', options);
    await api.ask('GET', '/v1/agents', options);
    expect(api.fakes.callsOf('accounts.authenticateSession')).toHaveLength(2);
  });
});

describe('a change made with a session', () => {
  const path = '/v1/agents/3f0c6a52-8a35-4d0e-9a59-0d4b6a1f2c77';

  it('must come from an allowed origin', async () => {
    const allowed = await api.ask('DELETE', path, { as: 'session', headers: { origin: CONSOLE_ORIGIN } });
    expect(allowed.status).toBe(204);
    for (const headers of [{}, { origin: 'https://evil.example' }, { origin: 'null' }] as Record<string, string>[]) {
      const { status, body } = await api.ask('DELETE', path, { as: 'session', headers });
      expect([status, body.errors[0].field]).toEqual([403, 'Origin']);
    }
    expect(api.fakes.callsOf('agents.deleteAgent')).toHaveLength(1);
  });

  it('may come from anywhere with an API key', async () => {
    const headers = { 'x-api-key': freshKey(), origin: 'https://elsewhere.example', cookie: 'ov_session=good' };
    expect((await api.ask('DELETE', path, { headers })).status).toBe(204);
    expect(api.fakes.callsOf('accounts.authenticateSession')).toEqual([]);
  });
});

describe('signing in', () => {
  const redeem = '/auth/sign-in-links/redeem';

  it('spends the link, sets the cookie, and the cookie opens the door', async () => {
    api.fakes.on('accounts', {
      redeemSignInLink: ({ token }) => ({ sessionToken: `for ${token}`, expiresAt: inAnHour() }),
      getOrganization: () => ({
        organization: { id: ORGANIZATION_ID, name: 'Demo', slug: 'demo', createdAt: inAnHour() },
      }),
    });
    const headers = { origin: CONSOLE_ORIGIN };
    const signedIn = await api.ask('POST', redeem, { as: 'nobody', headers, body: { token: 'link' } });
    expect(signedIn.status).toBe(204);
    expect(signedIn.headers.get('access-control-allow-credentials')).toBe('true');
    const cookie = signedIn.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^ov_session=for%20link; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/);
    expect(api.fakes.callsOf('accounts.redeemSignInLink')[0]?.caller.roles).toEqual(['edge']);
    const who = await api.ask('GET', '/auth/session', { headers: { cookie: cookie.split(';')[0] ?? '' } });
    expect(who.body).toMatchObject({ kind: 'session', id: SESSION_ID, organization: { slug: 'demo' } });
    expect(Date.parse(who.body.expiresAt)).toBeGreaterThan(Date.now());
  });

  it('is refused from a foreign page and with a spent link', async () => {
    const foreign = { as: 'nobody' as const, headers: { origin: 'https://evil.example' }, body: { token: 'link' } };
    expect((await api.ask('POST', redeem, foreign)).status).toBe(403);
    api.fakes.on('accounts', { redeemSignInLink: refuse('The sign-in link was used already.', 'token') });
    const spent = await api.ask('POST', redeem, { as: 'nobody', body: { token: 'link' } });
    expect([spent.status, spent.body.errors[0].field]).toEqual([401, 'token']);
    expect(spent.headers.get('set-cookie')).toBeNull();
  });

  it('works in spite of an old cookie', async () => {
    api.fakes.on('accounts', { redeemSignInLink: () => ({ sessionToken: 'new', expiresAt: inAnHour() }) });
    const headers = { cookie: 'ov_session=stale', origin: CONSOLE_ORIGIN };
    expect((await api.ask('POST', redeem, { as: 'nobody', headers, body: { token: 'link' } })).status).toBe(204);
  });

  it('ends with the session gone and the cookie forgotten', async () => {
    api.fakes.on('accounts', { endSession: () => ({}) });
    const headers = { cookie: 'ov_session=good', origin: CONSOLE_ORIGIN };
    const signedOut = await api.ask('DELETE', '/auth/session', { as: 'nobody', headers });
    expect(signedOut.status).toBe(204);
    expect(signedOut.headers.get('set-cookie')).toContain('ov_session=; Path=/; Expires=Thu, 01 Jan 1970');
    expect(api.fakes.callsOf('accounts.endSession')[0]?.request).toEqual({ sessionToken: 'good' });
    api.fakes.on('accounts', { authenticateSession: refuse('The session has ended.', 'session_token') });
    expect((await api.ask('GET', '/v1/agents', { as: 'session' })).status).toBe(401);
  });

  it('has nothing to end without a cookie', async () => {
    expect((await api.ask('DELETE', '/auth/session', { as: 'nobody' })).status).toBe(204);
    expect(api.fakes.calls).toEqual([]);
  });

  it('tells a program whose API key it uses', async () => {
    api.fakes.on('accounts', {
      getOrganization: () => ({
        organization: { id: ORGANIZATION_ID, name: 'Demo', slug: 'demo', createdAt: inAnHour() },
      }),
    });
    const { body } = await api.ask('GET', '/auth/session');
    expect(body).toMatchObject({ kind: 'api-key', id: API_KEY_ID, expiresAt: null });
  });
});

describe('a cookie behind https', () => {
  it('is Secure when the public URL is https or a trusted proxy says so', async () => {
    const open = async (environment: Record<string, string>, headers: Record<string, string>) => {
      const other = await startApi(environment);
      try {
        other.fakes.on('accounts', { redeemSignInLink: () => ({ sessionToken: 's', expiresAt: inAnHour() }) });
        const options = { as: 'nobody' as const, headers, body: { token: 'link' } };
        return await other.ask('POST', '/auth/sign-in-links/redeem', options);
      } finally {
        await other.stop();
      }
    };
    const forwarded = { 'x-forwarded-proto': 'https' };
    const cookieOf = async (...input: Parameters<typeof open>) => (await open(...input)).headers.get('set-cookie');
    expect(await cookieOf({ PUBLIC_URL: 'https://api.example' }, {})).toContain('; Secure;');
    expect(await cookieOf({ PUBLIC_URL: 'HTTPS://Api.example' }, {})).toMatch(
      /^__Host-ov_session=s;.*Path=\/;.*; Secure;/,
    );
    expect(await cookieOf({ TRUSTED_PROXIES: '127.0.0.1' }, forwarded)).toContain('; Secure;');
    expect(await cookieOf({}, forwarded)).not.toContain('Secure');
    const { headers } = await open({ PUBLIC_URL: 'HTTPS://Api.example' }, {});
    expect(headers.get('strict-transport-security')).toContain('max-age=');
  });
});
