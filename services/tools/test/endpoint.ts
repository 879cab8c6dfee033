/** An HTTP endpoint on this machine that tools call, misbehaving on request by the path that is asked for. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface Endpoint {
  port: number;
  url: string;
  seen: SeenRequest[];
  /** Requests whose connection ended before they were answered. */
  hungUp: string[];
  /** Resolves once a request for the path has arrived. */
  arrived(path: string): Promise<void>;
  /** Lets requests for /held be answered. */
  release(): void;
  stop(): Promise<void>;
}

const MB = 1024 * 1024;
/** As many bytes as MAX_RESPONSE_BYTES allows by default; as JSON text nearly six times as many. */
export const LARGE_TEXT = '\x1b'.repeat(256 * 1024);

export async function startEndpoint(redirectTo?: () => string): Promise<Endpoint> {
  const seen: SeenRequest[] = [];
  const hungUp: string[] = [];
  const held: ServerResponse[] = [];
  const server = createServer((request, response) => {
    response.on('close', () => !response.writableFinished && hungUp.push(request.url!));
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ method: request.method!, url: request.url!, headers: request.headers, body });
      if (request.url!.startsWith('/held')) held.push(response);
      else answer(request, response, redirectTo?.());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    seen,
    hungUp,
    arrived: (path) => until(() => seen.some((request) => request.url.startsWith(path))),
    release: () => held.splice(0).forEach((response) => sendJson(response, { released: true })),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, location: string | undefined): void {
  const path = request.url!.split('?')[0]!;
  const status = Number(/^\/status\/(\d+)$/.exec(path)?.[1]);
  if (status) response.writeHead(status, { 'content-type': 'application/json' }).end('{"detail":"private"}');
  else if (path === '/hang') return;
  else if (path === '/cut') response.destroy();
  else if (path === '/html') response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Hello</html>');
  else if (path === '/text') response.writeHead(200, { 'content-type': 'text/plain' }).end('sunny');
  else if (path === '/large') response.writeHead(200, { 'content-type': 'text/plain' }).end(LARGE_TEXT);
  else if (path === '/empty') response.writeHead(204).end();
  else if (path === '/redirect') response.writeHead(302, { location: location ?? '/ok' }).end();
  else if (path === '/huge') sendEndlessly(response, 100 * MB);
  else sendJson(response, { ok: true, path });
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function sendEndlessly(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(64 * 1024, ' ');
  let sent = 0;
  const write = () => {
    while (!response.destroyed && sent < bytes) {
      sent += chunk.length;
      if (!response.write(chunk)) return void response.once('drain', write);
    }
    response.end('{}');
  };
  write();
}

/** Polls for up to 5 s. */
export async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not happen within 5 s');
}
