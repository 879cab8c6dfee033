import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { WebSocketServer, type WebSocket } from 'ws';
import type { ProviderFailure, ProviderListener, SessionSetup } from '../provider.js';
import { GeminiConnection } from './gemini-connection.js';

const secureContext = createSecureContext();

const SETUP: SessionSetup = {
  model: 'gemini-3.8-live',
  instructions: 'Be kind.',
  voice: '',
  languageCode: '',
  temperature: undefined,
  tools: [],
  turnDetection: { noInterruption: false },
  resumeHandle: '',
};
const FRAME = Buffer.alloc(12 + 6_400, 1);

/** A provider that does what a test tells it to. */
class Provider {
  readonly received: string[] = [];
  readonly upgrades: IncomingMessage[] = [];
  socket: WebSocket | undefined;
  private readonly server: Server = createServer();
  private readonly connections = new Set<Socket>();

  constructor(
    private readonly onSocket: (socket: WebSocket) => void,
    private readonly refuse?: string,
  ) {}

  async listen(): Promise<string> {
    const sockets = new WebSocketServer({ noServer: true });
    this.server.on('connection', (socket) => {
      this.connections.add(socket);
      socket.on('close', () => this.connections.delete(socket));
    });
    this.server.on('upgrade', (request, socket, head) => {
      this.upgrades.push(request);
      if (this.refuse === 'silence') return void socket.on('end', () => socket.destroy()).resume();
      if (this.refuse !== undefined) return void socket.end(`HTTP/1.1 ${this.refuse}\r\nConnection: close\r\n\r\n`);
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.socket = webSocket;
        webSocket.on('message', (data) => this.received.push((data as Buffer).toString()));
        this.onSocket(webSocket);
      });
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/live`;
  }

  get openConnections(): number {
    return this.connections.size;
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Keeps what the connection told, and lets a test wait for it. */
class Listener implements ProviderListener {
  readonly told: string[] = [];
  readonly failures: ProviderFailure[] = [];
  private waiting: (() => void) | undefined;

  private tell(name: string): void {
    this.told.push(name);
    this.waiting?.();
  }

  ready = () => this.tell('ready');
  audio = () => this.tell('audio');
  inputTranscript = (text: string) => this.tell(`heard ${text}`);
  outputTranscript = (text: string) => this.tell(`said ${text}`);
  interrupted = () => this.tell('interrupted');
  generationComplete = () => this.tell('generationComplete');
  turnComplete = () => this.tell('turnComplete');
  toolCalls = () => this.tell('toolCalls');
  toolCallsCancelled = () => this.tell('toolCallsCancelled');
  usage = () => this.tell('usage');
  resumable = () => this.tell('resumable');
  goAway = () => this.tell('goAway');
  closed = (failure: ProviderFailure) => {
    this.failures.push(failure);
    this.tell('closed');
  };

  async until(name: string): Promise<void> {
    const deadline = performance.now() + 3_000;
    while (!this.told.includes(name)) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`never told ${name}, only: ${this.told.join(', ')}`);
      await Promise.race([
        new Promise<void>((resolve) => (this.waiting = resolve)),
        sleep(leftMs, undefined, { ref: false }),
      ]);
    }
  }
}

describe('a connection to Gemini Live', () => {
  let provider: Provider;
  let connection: GeminiConnection;
  afterEach(async () => {
    connection.close();
    await provider.close();
  });

  async function connect(
    onSocket: (socket: WebSocket) => void,
    {
      setupTimeoutMs = 2_000,
      pingIntervalMs = 15_000,
      unsentTimeoutMs = 60_000,
      refuse,
    }: { setupTimeoutMs?: number; pingIntervalMs?: number; unsentTimeoutMs?: number; refuse?: string } = {},
  ): Promise<Listener> {
    provider = new Provider(onSocket, refuse);
    const listener = new Listener();
    const pingTimeoutMs = 4 * pingIntervalMs;
    const times = { setupTimeoutMs, pingIntervalMs, pingTimeoutMs, unsentTimeoutMs };
    const options = { url: await provider.listen(), apiKey: 'secret-key', secureContext, ...times };
    connection = new GeminiConnection(options, SETUP, listener);
    return listener;
  }

  const send = (socket: WebSocket, message: unknown) =>
    socket.send(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message, null, 2)));
  const accept = (socket: WebSocket) => socket.once('message', () => send(socket, { setupComplete: {} }));
  const said = (text: string) => ({ serverContent: { outputTranscription: { text } } });

  it('sends its set-up first, and is ready when the provider says so', async () => {
    const listener = await connect(accept);
    expect(connection.sendAudio(FRAME, 12)).toBe(false);
    connection.sendText('too early');
    await listener.until('ready');
    expect(connection.sendAudio(FRAME, 12)).toBe(true);
    connection.sendText('Hello');
    expect(connection.sendNote('by the way')).toBe(true);
    connection.sendToolResults([{ id: '1', name: 'a', output: 1 }]);
    await sleep(50);
    expect(provider.received.map((text) => Object.keys(JSON.parse(text) as object)[0])).toEqual([
      'setup',
      'realtimeInput',
      'realtimeInput',
      'clientContent',
      'toolResponse',
    ]);
    expect(listener.told).toEqual(['ready']);
  });

  it('shows its key in a header, and not in its address, which proxies and servers write down', async () => {
    const listener = await connect(accept);
    await listener.until('ready');
    expect(provider.upgrades[0]!.headers['x-goog-api-key']).toBe('secret-key');
    expect(provider.upgrades[0]!.url).not.toContain('secret-key');
  });

  it.each([
    [1007, 'API key not valid. Please pass a valid API key.'],
    [1008, 'models/none is not found for API version v1beta'],
  ])('that is closed with %i before it is ready was refused', async (code, reason) => {
    const listener = await connect((socket) => socket.close(code, reason));
    await listener.until('closed');
    expect(listener.failures).toEqual([{ kind: 'refused', code, detail: `closed with ${code} ${reason}` }]);
  });

  it.each([
    [1011, 'before it is ready', (socket: WebSocket) => socket.close(1011, 'Internal error encountered.')],
    [1000, 'before it is ready', (socket: WebSocket) => socket.close(1000)],
    [
      1008,
      'after it was ready',
      (socket: WebSocket) => {
        socket.once('message', () => {
          send(socket, { setupComplete: {} });
          socket.close(1008, 'The session is too long.');
        });
      },
    ],
  ])('that is closed with %i %s is lost', async (code, _, onSocket) => {
    const listener = await connect(onSocket);
    await listener.until('closed');
    expect(listener.failures).toEqual([{ kind: 'lost', code, detail: expect.stringContaining(`closed with ${code}`) }]);
  });

  it('that breaks without a close is lost', async () => {
    const listener = await connect((socket) => {
      accept(socket);
      setTimeout(() => socket.terminate(), 50);
    });
    await listener.until('closed');
    expect(listener.told).toEqual(['ready', 'closed']);
    expect(listener.failures).toEqual([{ kind: 'lost', code: 1006, detail: 'closed with 1006' }]);
  });

  it.each(['401 Unauthorized', '403 Forbidden', '404 Not Found'])(
    'whose handshake is answered with %s was refused',
    async (refuse) => {
      const listener = await connect(() => undefined, { refuse });
      await listener.until('closed');
      expect(listener.failures).toEqual([
        { kind: 'refused', detail: `HTTP ${refuse.slice(0, 3)} instead of a WebSocket` },
      ]);
    },
  );

  it.each(['429 Too Many Requests', '500 Internal Server Error', '503 Service Unavailable'])(
    'whose handshake is answered with %s is lost: another attempt may succeed',
    async (refuse) => {
      const listener = await connect(() => undefined, { refuse });
      await listener.until('closed');
      expect(listener.failures).toEqual([
        { kind: 'lost', detail: `HTTP ${refuse.slice(0, 3)} instead of a WebSocket` },
      ]);
    },
  );

  it('that nobody listens for is lost, and its key is in no detail', async () => {
    const listener = new Listener();
    provider = new Provider(() => undefined);
    const url = await provider.listen();
    await provider.close();
    connection = new GeminiConnection(
      {
        url,
        apiKey: 'secret-key',
        secureContext,
        setupTimeoutMs: 1_000,
        pingIntervalMs: 15_000,
        pingTimeoutMs: 45_000,
        unsentTimeoutMs: 5_000,
      },
      SETUP,
      listener,
    );
    await listener.until('closed');
    expect(listener.failures).toEqual([{ kind: 'lost', detail: expect.stringContaining('ECONNREFUSED') }]);
    expect(JSON.stringify(listener.failures)).not.toContain('secret-key');
  });

  it.each([
    ['set-up is not answered', undefined],
    ['handshake is not answered', 'silence'],
  ])('whose %s times out, and leaves nothing open', async (_, refuse) => {
    const listener = await connect(() => undefined, { setupTimeoutMs: 150, ...(refuse ? { refuse } : {}) });
    await listener.until('closed');
    expect(listener.failures).toEqual([{ kind: 'timeout', detail: 'no answer to the set-up within 150 ms' }]);
    await sleep(1_200);
    expect(provider.openConnections).toBe(0);
    expect(listener.told).toEqual(['closed']);
  });

  it.each([
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['JSON that is no message', 'null'],
    ['a message of another shape', '{"serverContent":{"modelTurn":{"parts":{"inlineData":7}}}}'],
    [
      'audio that is none',
      '{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm","data":7}}]}}}',
    ],
    ['tool calls that are none', '{"toolCall":{"functionCalls":"all"}}'],
  ])('that says %s is lost, and the process goes on', async (_, message) => {
    const listener = await connect((socket) => {
      accept(socket);
      socket.once('message', () => send(socket, message));
    });
    await listener.until('closed');
    expect(listener.failures).toEqual([{ kind: 'lost', detail: expect.stringMatching(/^sent a message that /) }]);
  });

  it('tells of its end once, whatever else happens to it', async () => {
    const listener = await connect((socket) => {
      accept(socket);
      socket.once('message', () => {
        send(socket, 'no JSON');
        send(socket, 'none either');
        send(socket, said('too late'));
        socket.close(1011, 'Internal error encountered.');
      });
    });
    await listener.until('closed');
    await sleep(100);
    expect(listener.told).toEqual(['ready', 'closed']);
  });

  it('tells nothing after it was closed by us, and closes politely', async () => {
    const closed = Promise.withResolvers<number>();
    const listener = await connect((socket) => {
      accept(socket);
      socket.on('close', (code) => closed.resolve(code));
    });
    await listener.until('ready');
    connection.close();
    for (const text of ['a', 'b']) send(provider.socket!, said(text));
    expect(await closed.promise).toBe(1000);
    await sleep(50);
    connection.sendText('into the void');
    expect(listener.told).toEqual(['ready']);
  });

  it('tells nothing when it is closed before it was open', async () => {
    const listener = await connect(accept);
    connection.close();
    connection.close();
    await sleep(100);
    expect(listener.told).toEqual([]);
    expect(provider.received).toEqual([]);
  });

  it('is cut when the provider does not answer its goodbye', async () => {
    const listener = await connect(accept);
    await listener.until('ready');
    provider.socket!.pause();
    connection.close();
    await sleep(1_300);
    provider.socket!.resume();
    await sleep(50);
    expect(provider.openConnections).toBe(0);
  });

  it('drops audio while the provider does not read', async () => {
    const listener = await connect(accept);
    await listener.until('ready');
    provider.socket!.pause();
    let taken = 0;
    while (taken < 20_000 && connection.sendAudio(FRAME, 12)) if (++taken % 100 === 0) await sleep(1);
    expect(taken).toBeLessThan(20_000);
    expect(listener.told).toEqual(['ready']);
  });

  it('is lost when TCP can not get rid of anything for too long', async () => {
    const listener = await connect(accept, { unsentTimeoutMs: 300 });
    await listener.until('ready');
    provider.socket!.pause();
    while (connection.sendAudio(FRAME, 12)) await sleep(0);
    expect(listener.told).toEqual(['ready']);
    await sleep(350);
    expect(connection.sendAudio(FRAME, 12)).toBe(false);
    expect(listener.failures).toEqual([
      { kind: 'lost', detail: expect.stringMatching(/^\d+ bytes could not be sent for \d+ ms$/) },
    ]);
  });

  it('tells how long nothing has come, and asks for a sign of life', async () => {
    const listener = await connect(accept);
    await listener.until('ready');
    await sleep(200);
    expect(connection.silentForMs()).toBeGreaterThanOrEqual(190);
    connection.probe();
    await sleep(100);
    expect(connection.silentForMs()).toBeLessThan(190);
  });

  it('takes a connection for lost from which neither a message nor a pong comes', async () => {
    const listener = await connect(
      (socket) => {
        socket.send(Buffer.from(JSON.stringify({ setupComplete: {} })));
        setTimeout(() => socket.pause(), 100);
      },
      { pingIntervalMs: 50 },
    );
    await listener.until('closed');
    expect(listener.failures).toEqual([{ kind: 'lost', detail: expect.stringMatching(/^no message and no pong for/) }]);
  });

  it('keeps a connection whose peer is silent and answers pings', async () => {
    const listener = await connect((socket) => socket.send(Buffer.from(JSON.stringify({ setupComplete: {} }))), {
      pingIntervalMs: 50,
    });
    await listener.until('ready');
    await sleep(500);
    expect(listener.failures).toEqual([]);
  });
});
