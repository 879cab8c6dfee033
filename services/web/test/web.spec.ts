import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startService, type RunningService } from '@orbisvoice/service-kit/service';
import { inlineScriptHashes } from '../src/server/content-security-policy.js';
import { webService } from '../src/server/service.js';

const page = '<html><script>boot()</script><p>Talk</p></html>';
let folder: string;
let service: RunningService;
const url = (path: string) => `http://127.0.0.1:${service.httpPort}${path}`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'web-'));
  mkdirSync(join(folder, '_next/static'), { recursive: true });
  mkdirSync(join(folder, 'voice'));
  const hashes = inlineScriptHashes(page);
  writeFileSync(
    join(folder, 'csp.json'),
    JSON.stringify({ 'index.html': hashes, 'talk.html': hashes, '404.html': [] }),
  );
  for (const name of ['index.html', 'talk.html']) writeFileSync(join(folder, name), page);
  writeFileSync(join(folder, '404.html'), '<p>There is no such page</p>');
  writeFileSync(join(folder, '_next/static/a.js'), 'a()');
  writeFileSync(join(folder, '_next/static/a.js.br'), 'compressed');
  writeFileSync(join(folder, 'voice/capture-worklet.js'), 'registerProcessor()');
  service = await startService(webService, { environment: environment() });
});

afterAll(async () => {
  await service?.stop();
  rmSync(folder, { recursive: true });
});

function environment(more: Record<string, string> = {}) {
  const INTERNAL_AUTH_SECRET = 'x'.repeat(32);
  return {
    INTERNAL_AUTH_SECRET,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'silent',
    WEB_EXPORT_FOLDER: folder,
    ...more,
  };
}

/** fetch normalizes paths and asks for fresh copies; this sends path and headers as they are. */
function rawAnswer(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: service.httpPort, path, headers }, (response) => {
      response.resume();
      resolve(response);
    });
    sent.on('error', reject).end();
  });
}

async function rawStatus(path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return (await rawAnswer(path, headers)).statusCode;
}

describe('web', () => {
  it('answers GET /health and HEAD / (S0-51)', async () => {
    expect(await (await fetch(url('/health'))).json()).toMatchObject({ status: 'ok' });
    const head = await fetch(url('/'), { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });

  it('serves pages at clean URLs, whatever the query', async () => {
    const response = await fetch(url('/talk?agent=1'));
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).toBe(page);
  });

  it('protects pages: hashed scripts only, no frame, microphone for itself', async () => {
    const { headers } = await fetch(url('/talk'));
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain(inlineScriptHashes(page)[0]);
    expect(policy).toContain("connect-src 'self' http://127.0.0.1:3000 ws://127.0.0.1:4001");
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('strict-origin-when-cross-origin');
    expect(headers.get('permissions-policy')).toContain('microphone=(self)');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('lets hashed assets be kept and pages be asked for again', async () => {
    expect((await fetch(url('/_next/static/a.js'))).headers.get('cache-control')).toContain('immutable');
    expect((await fetch(url('/voice/capture-worklet.js'))).headers.get('cache-control')).toBe('public, max-age=14400');
    const first = await fetch(url('/talk'));
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const etag = first.headers.get('etag') ?? '';
    expect(await rawStatus('/talk', { 'if-none-match': etag })).toBe(304);
  });

  it('sends the compressed copies that the build made', async () => {
    const response = await fetch(url('/_next/static/a.js'), { method: 'HEAD', headers: { 'accept-encoding': 'br' } });
    expect(response.headers.get('content-encoding')).toBe('br');
    expect(response.headers.get('content-type')).toContain('javascript');
  });

  it('answers what it does not know with its own page and 404', async () => {
    const response = await fetch(url('/nothing/here'));
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('There is no such page');
  });

  it('protects every answer, also to what is no path, and says which methods it knows', async () => {
    for (const path of ['/%zz', '/a%00b', '/health', '/config.json', '/_next/static/a.js', '/nothing']) {
      const { headers } = await rawAnswer(path);
      expect([path, headers['x-frame-options'], headers['x-content-type-options'], headers['referrer-policy']]).toEqual(
        [path, 'DENY', 'nosniff', 'strict-origin-when-cross-origin'],
      );
      expect(headers['strict-transport-security']).toBeUndefined();
    }
    expect((await rawAnswer('/%zz')).headers['content-security-policy']).toContain("default-src 'none'");
    for (const path of ['/health', '/livez', '/readyz', '/config.json']) {
      const { status, headers } = await fetch(url(path), { method: 'POST' });
      expect([path, status, headers.get('allow')]).toEqual([path, 405, 'GET, HEAD']);
    }
  });

  it('tells browsers to keep to https where its API is', async () => {
    const NEXT_PUBLIC_API_URL = 'HTTPS://api.example.com';
    const secure = await startService(webService, { environment: environment({ NEXT_PUBLIC_API_URL }) });
    const { headers } = await fetch(`http://127.0.0.1:${secure.httpPort}/talk`);
    await secure.stop();
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
  });

  it('hands out no file outside of the export and none of its own data', async () => {
    for (const path of [
      '/../package.json',
      '/..%2fpackage.json',
      '/%2e%2e/package.json',
      '/csp.json',
      '/a%00b',
      '/%zz',
    ]) {
      expect([path, [400, 404].includes((await rawStatus(path)) ?? 0)]).toEqual([path, true]);
    }
  });

  it('tells the console at run time where the API is (S0-68)', async () => {
    const response = await fetch(url('/config.json'));
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ apiUrl: 'http://127.0.0.1:3000', version: expect.any(String) });
  });

  it('does not start without an export, and says how to build one', async () => {
    const started = startService(webService, { environment: environment({ WEB_EXPORT_FOLDER: '/nowhere' }) });
    await expect(started).rejects.toThrow(/npm run build/);
  });
});
