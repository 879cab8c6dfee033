/** A client of the voice protocol on the wire itself: sends whatever a test wants, and keeps whatever it is answered. */
import { gatewayMessage, type GatewayMessage } from '@orbisvoice/client/protocol/messages';
import { AUDIO_HEADER_BYTES, encodeAudioFrame, readAudioHeader } from '@orbisvoice/client/protocol/audio-frame';
import { VOICE_SUBPROTOCOL } from '@orbisvoice/client/protocol/constants';
import { ToneDecoder } from '@orbisvoice/tone-code/tone-decoder';
import type { IncomingHttpHeaders } from 'node:http';
import { WebSocket } from 'ws';

const TIMEOUT_MS = 20_000;
const OUTPUT_BYTES_PER_MS = 48;

type OfType<Type extends GatewayMessage['type']> = Extract<GatewayMessage, { type: Type }>;

export class RawCaller {
  readonly messages: GatewayMessage[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  /** False: hears nothing of what comes from now on. */
  playing = true;
  private readonly audio = new Map<number, Buffer[]>();
  private readonly checks = new Set<() => void>();

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data, isBinary) => this.receive(data as Buffer, isBinary));
    socket.on('error', () => undefined); // 'close' follows
    this.closed = new Promise((resolve) =>
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const check of this.checks) check();
      }),
    );
  }

  static async connect(url: string, headers: Record<string, string> = {}): Promise<RawCaller> {
    const socket = new WebSocket(url, VOICE_SUBPROTOCOL, { headers });
    const caller = new RawCaller(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return caller;
  }

  /** Connects, starts a call and waits until it is on. */
  static async call(url: string, token: string): Promise<RawCaller> {
    const caller = await RawCaller.connect(url);
    caller.send({ type: 'call.start', token });
    await caller.first('call.started');
    return caller;
  }

  get conversationId(): string {
    return this.all('call.started')[0]!.conversationId;
  }

  /** An object goes as JSON, text as it is. */
  send(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  sendBinary(data: Uint8Array): void {
    this.socket.send(data);
  }

  say(text: string): void {
    this.send({ type: 'input.text', text });
  }

  all<Type extends GatewayMessage['type']>(type: Type): OfType<Type>[] {
    return this.messages.filter((message): message is OfType<Type> => message.type === type);
  }

  get errors(): OfType<'error'>[] {
    return this.all('error');
  }

  async first<Type extends GatewayMessage['type']>(
    type: Type,
    where: (message: OfType<Type>) => boolean = () => true,
  ): Promise<OfType<Type>> {
    return await this.until(type, () => this.all(type).find(where));
  }

  async errorCount(count: number): Promise<OfType<'error'>[]> {
    return await this.until(`${count} errors`, () => (this.errors.length >= count ? this.errors : undefined));
  }

  /** The next answer of the agent, once it is final. */
  async answer(saying = /./): Promise<OfType<'transcript.final'>> {
    const after = this.messages.length;
    return await this.until(`an answer like ${saying}`, () =>
      this.messages
        .slice(after)
        .find(
          (message): message is OfType<'transcript.final'> =>
            message.type === 'transcript.final' && message.role === 'agent' && saying.test(message.generated),
        ),
    );
  }

  /** What can be read from the agent's audio of a turn. */
  wordsHeard(turn: number): string {
    const bytes = Buffer.concat(this.audio.get(turn) ?? []);
    const decoder = new ToneDecoder({ sampleRateHz: 24_000 });
    const samples = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    return [...decoder.push(samples), ...decoder.flush()]
      .flatMap((word) => (word.damaged ? [] : [word.text]))
      .join(' ');
  }

  audioMs(turn: number): number {
    return Buffer.concat(this.audio.get(turn) ?? []).length / OUTPUT_BYTES_PER_MS;
  }

  /** Hangs up and waits for the gateway's goodbye. */
  async end(): Promise<void> {
    this.send({ type: 'call.end' });
    await this.closed;
  }

  private receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) this.hear(data);
    else this.messages.push(gatewayMessage.parse(JSON.parse(data.toString())));
    for (const check of this.checks) check();
  }

  /** Hears everything at once, and says so, so that no turn waits for its playing. */
  private hear(frame: Buffer): void {
    const { turn } = readAudioHeader(frame);
    this.audio.set(turn, [...(this.audio.get(turn) ?? []), frame.subarray(AUDIO_HEADER_BYTES)]);
    if (this.playing && this.socket.readyState === WebSocket.OPEN)
      this.send({ type: 'playback.position', turn, playedMs: this.audioMs(turn) });
  }

  private async until<Found>(what: string, find: () => Found | undefined): Promise<Found> {
    return await new Promise<Found>((resolve, reject) => {
      const settle = (finish: () => void) => {
        this.checks.delete(check);
        clearTimeout(timer);
        finish();
      };
      const missing = () => new Error(`no ${what}; there were ${JSON.stringify(this.messages.filter(isNoHeartbeat))}`);
      const check = () => {
        const found = find();
        if (found !== undefined) settle(() => resolve(found));
        else if (this.socket.readyState === WebSocket.CLOSED) settle(() => reject(missing()));
      };
      const timer = setTimeout(() => settle(() => reject(missing())), TIMEOUT_MS);
      this.checks.add(check);
      check();
    });
  }
}

function isNoHeartbeat(message: GatewayMessage): boolean {
  return message.type !== 'ping' && message.type !== 'audio.ack';
}

/** A client's frame of silence. */
export function audioFrame({ sequence = 0, kind = 1, sampleBytes = 1_280 } = {}): Uint8Array {
  return encodeAudioFrame({ kind, turn: 0, sequence, timestamp: 0 }, new Uint8Array(sampleBytes));
}

export interface RefusedUpgrade {
  status: number;
  headers: IncomingHttpHeaders;
  problem: Record<string, unknown>;
}

/** How an upgrade is refused. Rejects when it is not. */
export async function refusedUpgrade(url: string, subprotocols: string[]): Promise<RefusedUpgrade> {
  return await new Promise((resolve, reject) => {
    const socket = new WebSocket(url, subprotocols);
    socket.on('error', reject);
    socket.on('open', () => {
      socket.terminate();
      reject(new Error('the upgrade was accepted'));
    });
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          problem: JSON.parse(body) as Record<string, unknown>,
        }),
      );
    });
  });
}
