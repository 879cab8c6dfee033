import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { AGENT_AUDIO, encodeAudioFrame, readAudioHeader } from '../src/protocol/audio-frame.js';
import { clientMessage, gatewayMessage, VOICE_SUBPROTOCOL } from '../src/protocol/messages.js';
import type { CallStart, ClientMessage, GatewayMessage } from '../src/protocol/messages.js';

export interface ReceivedFrame {
  sequence: number;
  timestamp: number;
  samples: Int16Array;
}

/** The gateway's end of one connection, for a test to play. */
export class GatewayEnd {
  readonly messages: ClientMessage[] = [];
  readonly frames: ReceivedFrame[] = [];
  closeCode: number | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #sequence = 0;

  constructor(
    readonly socket: WebSocket,
    readonly rawSocket: Socket,
  ) {
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) {
        const { sequence, timestamp } = readAudioHeader(data);
        this.frames.push({ sequence, timestamp, samples: new Int16Array(new Uint8Array(data.subarray(12)).buffer) });
      } else {
        this.messages.push(clientMessage.parse(JSON.parse(data.toString())));
      }
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      clearInterval(this.#heartbeat);
    });
    socket.on('error', () => {});
  }

  get callStart(): CallStart {
    return this.messages[0] as CallStart;
  }

  send(message: GatewayMessage): void {
    this.socket.send(JSON.stringify(gatewayMessage.parse(message)));
  }

  /** Starts the call, and the heartbeat. */
  start(resumeTicket = 'ticket-1'): void {
    this.send({
      type: 'call.started',
      conversationId: '0198c0de-0000-7000-8000-000000000001',
      agentId: '0198c0de-0000-7000-8000-000000000002',
      agentName: 'Ada',
      agentVersion: 3,
      resumeTicket,
      formats: {
        input: { encoding: 'pcm_s16le', sampleRateHz: 16_000, channels: 1 },
        output: { encoding: 'pcm_s16le', sampleRateHz: 24_000, channels: 1 },
      },
      provider: { name: 'simulator', model: 'scripted', simulated: true },
      maxCallSeconds: 600,
    });
    this.#heartbeat = setInterval(() => this.send({ type: 'ping' }), 100);
  }

  /** From now on the connection is open but mute, as after a cable was pulled. */
  stopHeartbeat(): void {
    clearInterval(this.#heartbeat);
  }

  /** A turn's audio in frames of 40 ms, all at once. */
  sendAudio(turn: number, samples: Int16Array): void {
    for (let timestamp = 0; timestamp < samples.length; timestamp += 960) {
      const part = samples.slice(timestamp, timestamp + 960);
      const header = { kind: AGENT_AUDIO, turn, sequence: this.#sequence++, timestamp };
      this.socket.send(encodeAudioFrame(header, new Uint8Array(part.buffer)));
    }
  }
}

/** A WebSocket server of which the test plays every answer. */
export class ScriptedGateway {
  readonly connections: GatewayEnd[] = [];
  readonly #server: Server;
  #played: (end: GatewayEnd) => void = () => {};
  #refusal: { status: number; body: string } | undefined;

  private constructor() {
    const sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has(VOICE_SUBPROTOCOL) ? VOICE_SUBPROTOCOL : false),
    });
    this.#server = createServer((_request, response) => response.writeHead(404).end());
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      if (this.#refusal !== undefined) {
        const { status, body } = this.#refusal;
        const headers = `Content-Type: application/problem+json\r\nContent-Length: ${body.length}\r\nConnection: close`;
        socket.end(`HTTP/1.1 ${status} Refused\r\n${headers}\r\n\r\n${body}`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const end = new GatewayEnd(webSocket, socket);
        this.connections.push(end);
        webSocket.once('message', () => this.#played(end));
      });
    });
  }

  static async listen(): Promise<ScriptedGateway> {
    const gateway = new ScriptedGateway();
    await new Promise<void>((resolve) => gateway.#server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/stream`;
  }

  get latest(): GatewayEnd {
    return this.connections.at(-1)!;
  }

  /** What to do with each connection once its first message is there. */
  play(script: (end: GatewayEnd) => void): void {
    this.#played = script;
  }

  /** The same, after it has refused for a while. */
  accept(script: (end: GatewayEnd) => void): void {
    this.#refusal = undefined;
    this.play(script);
  }

  /** Refuses upgrades with this status and problem+json. */
  refuse(status: number, detail: string): void {
    this.#refusal = { status, body: JSON.stringify({ title: 'Refused', detail }) };
  }

  async close(): Promise<void> {
    for (const end of this.connections) {
      end.stopHeartbeat();
      end.socket.terminate();
    }
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Waits until something has become true. */
export async function until(holds: () => boolean, timeoutMs = 5_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > deadlineMs) throw new Error(`Not true within ${timeoutMs} ms: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
