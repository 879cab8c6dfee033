/**
 * Nest's WebSocket adapter over `ws`, thin and without per-message work. Nest's own parses every binary frame as JSON, costs twice
 * the CPU and terminates sockets on close. Upgrades are decided before they happen, so a refusal is a plain HTTP answer.
 */
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { INestApplicationContext, WebSocketAdapter } from '@nestjs/common';
import { EMPTY } from 'rxjs';
import { WebSocketServer, type WebSocket } from 'ws';
import { answerProbe, MAX_OPEN_PROBES, type HealthStatus } from './health-probe.js';

export interface UpgradeRefusal {
  status: number;
  message: string;
  retryAfterS?: number;
}

export interface CallSocketOptions {
  path: string;
  subprotocol: string;
  maxPayloadBytes: number;
  /** Frames that one message may come in. Default 16,384. */
  maxFragments?: number;
  /** Answers with a refusal, or with the function that is to be called once the admitted connection is gone. */
  admit(resuming: boolean): UpgradeRefusal | (() => void);
  /** Where probes go, and what they are told. */
  health: { path: string; status(): HealthStatus };
  /** An upgrade that never was a matter of admission. */
  onOther(result: 'bad_request' | 'probe'): void;
}

/** A refused client that keeps its half of the connection open is cut. */
const REFUSED_TIMEOUT_MS = 2_000;

export class CallSocketAdapter implements WebSocketAdapter<WebSocketServer, WebSocket, never> {
  private openProbes = 0;

  constructor(
    private readonly app: INestApplicationContext & { getHttpServer(): Server },
    private readonly options: CallSocketOptions,
  ) {}

  create(): WebSocketServer {
    const server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: this.options.maxPayloadBytes,
      ...(this.options.maxFragments === undefined ? {} : { maxFragments: this.options.maxFragments }),
      clientTracking: false,
      handleProtocols: (offered) => (offered.has(this.options.subprotocol) ? this.options.subprotocol : false),
    });
    this.app.getHttpServer().on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      if (pathOf(request) === this.options.health.path) return this.probe(server, request, socket, head);
      const decision = this.decide(request);
      if (typeof decision === 'object') return refuse(socket, decision);
      socket.once('close', decision);
      server.handleUpgrade(request, socket, head, (client) => server.emit('connection', client, request));
    });
    return server;
  }

  bindClientConnect(server: WebSocketServer, callback: (client: WebSocket, request: IncomingMessage) => void): void {
    server.on('connection', callback);
  }

  bindClientDisconnect(client: WebSocket, callback: () => void): void {
    client.on('close', callback);
  }

  /** Messages go straight to the call, not through Nest's handlers. */
  bindMessageHandlers(): typeof EMPTY {
    return EMPTY;
  }

  /** The calls have said goodbye to their clients by the time Nest closes the server. */
  async close(server: WebSocketServer): Promise<void> {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** Nest asks for it on shutdown, though its interface does not name it. */
  async dispose(): Promise<void> {}

  private decide(request: IncomingMessage): UpgradeRefusal | (() => void) {
    const malformed = this.check(request);
    if (!malformed) return this.options.admit(wantsToResume(request));
    this.options.onOther('bad_request');
    return malformed;
  }

  private check(request: IncomingMessage): UpgradeRefusal | undefined {
    if (pathOf(request) !== this.options.path)
      return { status: 404, message: `WebSocket connections go to ${this.options.path}.` };
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(this.options.subprotocol)) {
      return { status: 400, message: `Offer the subprotocol ${this.options.subprotocol} in Sec-WebSocket-Protocol.` };
    }
    return undefined;
  }

  private probe(server: WebSocketServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.openProbes >= MAX_OPEN_PROBES)
      return refuse(socket, { status: 503, message: 'There are too many probes.', retryAfterS: 1 });
    this.openProbes += 1;
    socket.once('close', () => (this.openProbes -= 1));
    this.options.onOther('probe');
    server.handleUpgrade(request, socket, head, (client) => answerProbe(client, this.options.health.status()));
  }
}

/** A hint, so that room can be made for it: whoever has no ticket is found out at call.start. */
function wantsToResume(request: IncomingMessage): boolean {
  return new URLSearchParams((request.url ?? '').split('?')[1]).has('resume');
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?')[0]!;
}

function refuse(socket: Duplex, { status, message, retryAfterS }: UpgradeRefusal): void {
  const body = JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail: message });
  const headers = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfterS === undefined ? [] : [`Retry-After: ${retryAfterS}`]),
    'Connection: close',
  ];
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
  socket.resume(); // so that the client's own end is seen
  const timer = setTimeout(() => socket.destroy(), REFUSED_TIMEOUT_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}
