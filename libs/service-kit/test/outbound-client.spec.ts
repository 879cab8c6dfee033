import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { parseAllowList } from '../src/outbound/allow-list.js';
import type { HostResolver } from '../src/outbound/host-resolver.js';
import { OutboundClient, type OutboundRequest } from '../src/outbound/outbound-client.js';
import { OutboundError } from '../src/outbound/outbound-error.js';

const KB = 1024;
const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((resource) => resource.close()));
});

async function serve(listener: RequestListener): Promise<{ port: number; url: string; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    seen.push(request);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}/`, seen };
}

function clientFor(allow: string, resolve?: HostResolver, ports = [80]): OutboundClient {
  const client = new OutboundClient({ allow: parseAllowList(allow), ports, userAgent: 'orbisvoice-test', resolve });
  open.push(client);
  return client;
}

function get(url: string, more: Partial<OutboundRequest> = {}): OutboundRequest {
  return { method: 'GET', url, timeoutMs: 5_000, maxResponseBytes: 64 * KB, ...more };
}

async function failureOf(promise: Promise<unknown>): Promise<OutboundError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof OutboundError)) throw new Error('expected an OutboundError');
  return outcome;
}

async function closedPort(): Promise<number> {
  const { port } = await serve(() => undefined);
  await open.pop()?.close();
  return port;
}

describe('requests through the outbound guard', () => {
  it('reaches a local server that the operator opened, and reuses its connection', async () => {
    const ports = new Set<number | undefined>();
    const server = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.setHeader('x-seen', request.headers['x-own'] ?? '');
      response.end('hello');
    });
    const client = clientFor(`127.0.0.1:${server.port}`);
    const response = await client.request(get(server.url, { headers: { 'X-Own': 'yes' } }));
    for (let count = 0; count < 9; count++) await client.request(get(server.url));
    expect(response).toMatchObject({ status: 200, headers: { 'x-seen': 'yes' }, url: server.url });
    expect(response.body.toString()).toBe('hello');
    expect(server.seen[0]!.headers['user-agent']).toBe('orbisvoice-test');
    expect(ports.size).toBeLessThan(4);
  });

  it('sends method and body', async () => {
    const server = await serve((request, response) => {
      request.pipe(response);
    });
    const client = clientFor(`127.0.0.1:${server.port}`);
    const response = await client.request(get(server.url, { method: 'POST', body: '{"a":1}' }));
    expect(response.body.toString()).toBe('{"a":1}');
    expect(server.seen[0]!.method).toBe('POST');
  });

  it('blocks a local server that nobody opened, and sends nothing to it', async () => {
    const server = await serve((_, response) => response.end());
    const failure = await failureOf(clientFor('', undefined, [server.port]).request(get(server.url)));
    expect(failure.kind).toBe('blocked');
    expect(failure.message).not.toContain('127.0.0.1');
    expect(server.seen).toHaveLength(0);
  });

  it('blocks a name that leads to a private address', async () => {
    const server = await serve((_, response) => response.end());
    const client = clientFor('', async () => ['127.0.0.1'], [server.port]);
    const failure = await failureOf(client.request(get(`http://public.example:${server.port}/`)));
    expect(failure).toMatchObject({ kind: 'blocked', message: expect.stringContaining('private or reserved') });
    expect(server.seen).toHaveLength(0);
  });

  it('says of a target what a request to it would fail with, before there is one', async () => {
    const names: Record<string, string[]> = { 'public.example': ['93.184.216.34'], 'private.example': ['10.0.0.1'] };
    const resolve = async (name: string) => names[name] ?? Promise.reject(new Error('ENOTFOUND'));
    const client = clientFor('10.0.0.2,localhost:81', resolve, [80, 443]);
    const check = async (url: string) =>
      await client.checkTarget(new URL(url)).catch((error: OutboundError) => error.message);
    expect(await check('https://public.example/x')).toBeUndefined();
    expect(await check('https://unknown.example/')).toBeUndefined();
    expect(await check('http://10.0.0.2/')).toBeUndefined();
    for (const url of ['https://private.example/', 'http://10.0.0.1/', 'http://localhost/', 'http://[::1]/'])
      expect(await check(url)).toMatch(/private or reserved .* setting OUTBOUND_ALLOW/);
    expect(await check('https://public.example:22/')).toMatch(/Port 22 .* OUTBOUND_PORTS, or .* OUTBOUND_ALLOW/);
  });

  it('does not wait for a silent name server to say that a target may be right', async () => {
    const client = clientFor('', () => new Promise<never>(() => undefined), [443]);
    const startedAt = performance.now();
    await client.checkTarget(new URL('https://silent.example/'));
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('blocks a name as a whole when one of its addresses is private', async () => {
    const server = await serve((_, response) => response.end());
    const client = clientFor('', async () => ['93.184.216.34', '127.0.0.1'], [server.port]);
    const failure = await failureOf(client.request(get(`http://mixed.example:${server.port}/`)));
    expect(failure.kind).toBe('blocked');
  });

  it('never asks twice between check and connection, so that DNS rebinding leads nowhere', async () => {
    const server = await serve((_, response) => response.end('internal'));
    const answers = [['192.0.2.1'], ['127.0.0.1']];
    const asked: string[] = [];
    // The first answer is a documentation address opened here to stand for a public one that nobody listens on.
    const client = clientFor(
      '192.0.2.0/24',
      async (hostname) => {
        asked.push(hostname);
        return answers[asked.length - 1] ?? ['127.0.0.1'];
      },
      [server.port],
    );
    const url = `http://rebind.example:${server.port}/`;
    const first = await failureOf(client.request(get(url, { timeoutMs: 500 })));
    expect(['failed', 'timed_out']).toContain(first.kind);
    expect(asked).toEqual(['rebind.example']);
    expect((await failureOf(client.request(get(url)))).kind).toBe('blocked');
    expect(server.seen).toHaveLength(0);
  });

  it('connects to the address that was checked, under the name that was asked for', async () => {
    const server = await serve((request, response) => response.end(request.headers.host));
    const client = clientFor('127.0.0.0/8', async () => ['127.0.0.1'], [server.port]);
    const response = await client.request(get(`http://tool.example:${server.port}/`));
    expect(response.body.toString()).toBe(`tool.example:${server.port}`);
  });

  it("finds the machine's own names when the operator opened them", async () => {
    const server = await serve((_, response) => response.end('hello'));
    const client = clientFor(`localhost:${server.port}`);
    const response = await client.request(get(`http://localhost:${server.port}/`));
    expect(response.body.toString()).toBe('hello');
  });

  it('says that a name does not resolve', async () => {
    const client = clientFor('', async () => {
      throw new Error('ENOTFOUND');
    });
    const failure = await failureOf(client.request(get('http://nowhere.example/')));
    expect(failure).toMatchObject({ kind: 'failed', message: "The host's name can't be resolved." });
  });

  it('says that a connection was refused', async () => {
    const port = await closedPort();
    const failure = await failureOf(clientFor(`127.0.0.1:${port}`).request(get(`http://127.0.0.1:${port}/`)));
    expect(failure).toMatchObject({ kind: 'failed', message: 'The endpoint refused the connection.' });
  });
});

describe('redirects', () => {
  it('follows up to three, each checked', async () => {
    const server = await serve((request, response) => {
      const step = Number(request.url!.slice(1));
      if (step < 3) response.writeHead(302, { location: `/${step + 1}` }).end();
      else response.end('there');
    });
    const client = clientFor(`127.0.0.1:${server.port}`);
    const response = await client.request(get(`${server.url}0`));
    expect(response).toMatchObject({ status: 200, url: `${server.url}3` });
  });

  it('gives up after three', async () => {
    const server = await serve((_, response) => response.writeHead(307, { location: '/again' }).end());
    const failure = await failureOf(clientFor(`127.0.0.1:${server.port}`).request(get(server.url)));
    expect(failure).toMatchObject({ kind: 'failed', message: 'The endpoint redirected more than 3 times.' });
    expect(server.seen).toHaveLength(4);
  });

  it.each([
    ['another local port', (port: number) => `http://127.0.0.1:${port}/`],
    ['a name of this machine', (port: number) => `http://localhost:${port}/`],
    ['a metadata service', () => 'http://169.254.169.254/latest/meta-data/'],
    ['a file', () => 'file:///etc/passwd'],
    ['a URL with credentials', (port: number) => `http://user:secret@127.0.0.1:${port}/`],
  ])('blocks one to %s', async (_, location) => {
    const inner = await serve((__, response) => response.end('internal'));
    const outer = await serve((__, response) => response.writeHead(302, { location: location(inner.port) }).end());
    const failure = await failureOf(clientFor(`127.0.0.1:${outer.port}`).request(get(outer.url)));
    expect(failure).toMatchObject({ kind: 'blocked', message: expect.stringContaining('redirect') });
    expect(inner.seen).toHaveLength(0);
  });

  it('blocks one to a name that leads to a private address', async () => {
    const inner = await serve((_, response) => response.end('internal'));
    const outer = await serve((_, response) =>
      response.writeHead(302, { location: `http://inner.example:${inner.port}/` }).end(),
    );
    const client = clientFor(`127.0.0.1:${outer.port}`, async () => ['10.0.0.1'], [inner.port]);
    expect((await failureOf(client.request(get(outer.url)))).kind).toBe('blocked');
    expect(inner.seen).toHaveLength(0);
  });

  it('keeps secret headers with the origin that they were meant for', async () => {
    const other = await serve((_, response) => response.end());
    const first = await serve((_, response) => response.writeHead(307, { location: other.url }).end());
    const client = clientFor(`127.0.0.1:${first.port},127.0.0.1:${other.port}`);
    const headers = { 'x-api-key': 'secret', authorization: 'Bearer x', 'idempotency-key': 'k' };
    await client.request(get(first.url, { method: 'POST', body: '{}', headers }));
    expect(first.seen[0]!.headers).toMatchObject(headers);
    expect(other.seen[0]!.headers['x-api-key']).toBeUndefined();
    expect(other.seen[0]!.headers.authorization).toBeUndefined();
    expect(other.seen[0]!.headers['idempotency-key']).toBe('k');
    expect(other.seen[0]!.method).toBe('POST');
  });

  it('turns a POST into a GET after 303, without its body', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/') response.writeHead(303, { location: '/result' }).end();
      else request.pipe(response);
    });
    const client = clientFor(`127.0.0.1:${server.port}`);
    const response = await client.request(get(server.url, { method: 'POST', body: 'x' }));
    expect(server.seen[1]!.method).toBe('GET');
    expect(response.body).toHaveLength(0);
  });
});

describe('limits', () => {
  it('stops reading an endless response at the limit, and hangs up', async () => {
    let sentBytes = 0;
    const hungUp = Promise.withResolvers<void>();
    const server = await serve((_, response) => {
      response.on('close', () => hungUp.resolve());
      const chunk = Buffer.alloc(16 * KB);
      const write = () => {
        while (!response.destroyed && sentBytes < 100 * KB * KB) {
          sentBytes += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', write);
        }
      };
      write();
    });
    const failure = await failureOf(clientFor(`127.0.0.1:${server.port}`).request(get(server.url)));
    await hungUp.promise;
    expect(failure.kind).toBe('too_large');
    expect(sentBytes).toBeLessThan(20 * KB * KB);
  });

  it('refuses a response that declares too much before reading it', async () => {
    const server = await serve((_, response) => response.writeHead(200, { 'content-length': 10 ** 9 }).write('x'));
    const failure = await failureOf(clientFor(`127.0.0.1:${server.port}`).request(get(server.url)));
    expect(failure.kind).toBe('too_large');
  });

  it('counts decompressed bytes too', async () => {
    const bomb = gzipSync(Buffer.alloc(10 * KB * KB));
    expect(bomb.length).toBeLessThan(64 * KB);
    const server = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    const failure = await failureOf(clientFor(`127.0.0.1:${server.port}`).request(get(server.url)));
    expect(failure.kind).toBe('too_large');
  });

  it('decompresses, and refuses encodings that it did not offer or that are broken', async () => {
    const server = await serve((request, response) => {
      const encoding = request.url === '/odd' ? 'zstd' : 'gzip';
      response.writeHead(200, { 'content-encoding': encoding });
      response.end(request.url === '/' ? gzipSync('hello') : 'not compressed');
    });
    const client = clientFor(`127.0.0.1:${server.port}`);
    expect((await client.request(get(server.url))).body.toString()).toBe('hello');
    expect((await failureOf(client.request(get(`${server.url}odd`)))).kind).toBe('failed');
    expect((await failureOf(client.request(get(`${server.url}broken`)))).kind).toBe('failed');
  });

  it.each([
    ['never answers', () => undefined],
    ['stops in the middle', (_: unknown, response: { write(text: string): unknown }) => void response.write('x')],
  ])('times out when the endpoint %s', async (_, listener) => {
    const server = await serve(listener as RequestListener);
    const startedAt = Date.now();
    const client = clientFor(`127.0.0.1:${server.port}`);
    const failure = await failureOf(client.request(get(server.url, { timeoutMs: 200 })));
    expect(failure.kind).toBe('timed_out');
    expect(Date.now() - startedAt).toBeLessThan(1_500);
  });

  it('times out while a name is being resolved', async () => {
    const client = clientFor('', () => new Promise<never>(() => undefined));
    const failure = await failureOf(client.request(get('http://slow.example/', { timeoutMs: 100 })));
    expect(failure.kind).toBe('timed_out');
  });

  it('counts the time of all redirects together', async () => {
    const server = await serve((_, response) => {
      setTimeout(() => response.writeHead(302, { location: '/next' }).end(), 150);
    });
    const client = clientFor(`127.0.0.1:${server.port}`);
    expect((await failureOf(client.request(get(server.url, { timeoutMs: 250 })))).kind).toBe('timed_out');
  });

  it('cancels at once and closes the connection', async () => {
    const hungUp = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const server = await serve((_, response) => {
      response.on('close', () => hungUp.resolve());
      arrived.resolve();
    });
    const cancel = new AbortController();
    const failure = failureOf(
      clientFor(`127.0.0.1:${server.port}`).request(get(server.url, { signal: cancel.signal })),
    );
    await arrived.promise;
    cancel.abort();
    expect((await failure).kind).toBe('cancelled');
    await hungUp.promise;
  });

  it('sends nothing when it was cancelled before', async () => {
    const server = await serve((_, response) => response.end());
    const client = clientFor(`127.0.0.1:${server.port}`);
    const failure = await failureOf(client.request(get(server.url, { signal: AbortSignal.abort() })));
    expect(failure.kind).toBe('cancelled');
    expect(server.seen).toHaveLength(0);
  });

  it('works on after failures of every kind', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/hang') return;
      if (request.url === '/cut') return void response.destroy();
      response.end(request.url === '/big' ? Buffer.alloc(KB * KB) : 'fine');
    });
    const client = clientFor(`127.0.0.1:${server.port}`);
    for (const path of ['hang', 'cut', 'big', 'hang', 'cut', 'big']) {
      await failureOf(client.request(get(server.url + path, { timeoutMs: 100 })));
    }
    const responses = await Promise.all(Array.from({ length: 40 }, () => client.request(get(server.url))));
    expect(responses.every((response) => response.body.toString() === 'fine')).toBe(true);
  });
});
