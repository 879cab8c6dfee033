/**
 * Nest's WebSocket adapter over `ws`, thin and without per-message work. Nest's own parses every binary frame as JSON, costs twice
 * the CPU and terminates sockets on close. Upgrades are decided before they happen, so a refusal is a plain HTTP answer.
 */
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { INestApplicationContext, WebSocketAdapter } from '@nestjs/common';
import { EMPTY } from 'rxjs';
import { WebSocketServer, type WebSocket } from 'ws';
import { HealthProbes, type HealthStatus } from './health-probe.js';

/** Why an upgrade did not come about. `gone`: the client left meanwhile. */
export const REFUSAL_REASONS = [
  'full',
  'overloaded',
  'draining',
  'wrong_path',
  'wrong_subprotocol',
  'malformed',
  'gone',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export interface UpgradeRefusal {
  reason: RefusalReason;
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
  /** Undefined: the upgrade may happen. */
  refusal(resuming: boolean): UpgradeRefusal | undefined;
  /** Where probes go, and what they are told. */
  health: { path: string; status(): HealthStatus };
  onProbe(): void;
  onRefused(reason: RefusalReason, request: IncomingMessage): void;
}

/** A refused client that keeps its half of the connection open is cut. */
const REFUSED_TIMEOUT_MS = 2_000;

export class CallSocketAdapter implements WebSocketAdapter<WebSocketServer, WebSocket, never> {
  private readonly probes = new HealthProbes();

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
    // With a listener the library leaves the answer to a malformed handshake to us.
    server.on('wsClientError', (error: Error, socket: Duplex, request: IncomingMessage) =>
      this.refuse(socket, request, { reason: 'malformed', status: 400, message: error.message }),
    );
    this.app.getHttpServer().on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      if (pathOf(request) === this.options.health.path) return this.probe(server, request, socket, head);
      const refusal = this.check(request) ?? this.options.refusal(wantsToResume(request));
      if (refusal) return this.refuse(socket, request, refusal);
      // Of a client that has gone the library tells nobody.
      if (!socket.readable || !socket.writable) this.options.onRefused('gone', request);
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

  private check(request: IncomingMessage): UpgradeRefusal | undefined {
    if (pathOf(request) !== this.options.path)
      return { reason: 'wrong_path', status: 404, message: `WebSocket connections go to ${this.options.path}.` };
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(this.options.subprotocol)) {
      const message = `Offer the subprotocol ${this.options.subprotocol} in Sec-WebSocket-Protocol.`;
      return { reason: 'wrong_subprotocol', status: 400, message };
    }
    return undefined;
  }

  private probe(server: WebSocketServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.options.onProbe();
    server.handleUpgrade(request, socket, head, (client) => this.probes.answer(client, this.options.health.status()));
  }

  private refuse(socket: Duplex, request: IncomingMessage, refusal: UpgradeRefusal): void {
    this.options.onRefused(refusal.reason, request);
    answerRefused(socket, refusal);
  }
}

/** Decides whose places it takes while it has shown nothing. Whoever has no ticket is found out at call.start. */
export function wantsToResume(request: IncomingMessage): boolean {
  return new URLSearchParams((request.url ?? '').split('?')[1]).has('resume');
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?')[0]!;
}

function answerRefused(socket: Duplex, { status, message, retryAfterS }: UpgradeRefusal): void {
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
