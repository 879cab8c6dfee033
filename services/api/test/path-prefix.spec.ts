import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { acceptCredentials, CONSOLE_ORIGIN, inAnHour, startApi, type ApiUnderTest } from './api-under-test.js';
import { agent, AGENT_ID } from './samples.js';

describe('the API under a path of a site that it shares (S0-25)', () => {
  let api: ApiUnderTest;
  let proxy: Server;
  let site: string;

  beforeAll(async () => {
    proxy = createServer((request, response) => {
      const target = new URL(request.url!.replace(/^\/api/, '') || '/', api.url);
      const headers = { ...request.headers, 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' };
      request.pipe(
        httpRequest(target, { method: request.method!, headers }, (answer) => {
          response.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(response);
        }),
      );
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    site = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    api = await startApi({ PUBLIC_URL: `${site}/api/`, TRUSTED_PROXIES: '127.0.0.1' });
  }, 60_000);
  afterAll(async () => {
    await api?.stop();
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });
  beforeEach(() => acceptCredentials(api.fakes));

  it('says where a new resource is so that it is found there', async () => {
    api.fakes.on('agents', { createAgent: () => ({ agent }), getAgent: () => ({ agent }) });
    const headers = { 'x-api-key': 'ov_live_x', 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'Reception', config: { prompt: 'Be kind.' } });
    const created = await fetch(`${site}/api/v1/agents`, { method: 'POST', headers, body });
    expect([created.status, created.headers.get('location')]).toEqual([201, `/api/v1/agents/${AGENT_ID}`]);
    const found = await fetch(new URL(created.headers.get('location')!, created.url), { headers });
    expect(((await found.json()) as { id: string }).id).toBe(AGENT_ID);
  });

  it('says so in its own description, and its pages find their parts', async () => {
    const document = (await (await fetch(`${site}/api/openapi.json`)).json()) as { servers: object[] };
    expect(document.servers).toEqual([{ url: `${site}/api` }]);
    const page = await fetch(`${site}/api/docs/`);
    expect(page.url).toBe(`${site}/api/docs`);
    const script = /src="([^"]+bundle[^"]+)"/.exec(await page.text())![1]!;
    expect((await fetch(new URL(script, page.url))).status).toBe(200);
  });

  it('keeps a session that began there', async () => {
    api.fakes.on('accounts', {
      redeemSignInLink: () => ({ sessionToken: 'a-session', expiresAt: inAnHour() }),
    });
    const signedIn = await fetch(`${site}/api/auth/sign-in-links/redeem`, {
      method: 'POST',
      headers: { origin: CONSOLE_ORIGIN, 'content-type': 'application/json' },
      body: JSON.stringify({ token: 'a-link-of-the-right-length-0123456789' }),
    });
    expect(signedIn.headers.get('set-cookie')).toMatch(/ov_session=a-session;.*Path=\/;.*HttpOnly;.*Secure/);
  });
});
