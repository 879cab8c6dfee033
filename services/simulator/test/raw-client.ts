import { encodeUtterance } from '@orbisvoice/tone-code/encode';
import { ToneDecoder } from '@orbisvoice/tone-code/tone-decoder';
import { transcribeWords } from '@orbisvoice/tone-code/word-transcriber';
import { WebSocket } from 'ws';
import { encodePcm } from '../src/hearing/pcm.js';
import type { ServerMessage } from '../src/wire/server-message.js';

const PATH = '//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const TIMEOUT_MS = 8_000;

interface RawClientOptions {
  path?: string;
  key?: string;
  ca?: string | undefined;
  headers?: Record<string, string>;
}

/** A client on the wire itself, without the SDK: keeps every frame and lets tests wait for one. */
export class RawClient {
  readonly messages: ServerMessage[] = [];
  readonly frames: { text: string; binary: boolean; atMs: number }[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly socket: WebSocket;
  /** Headers of the handshake's answer. */
  headers: Record<string, unknown> = {};
  private readonly checks = new Set<() => void>();
  private readonly startedAt = performance.now();

  constructor(baseUrl: string, options: RawClientOptions = {}) {
    const path = options.path ?? `${PATH}?key=${options.key ?? 'test-key'}`;
    const { ca, headers } = options;
    const more = { ...(ca === undefined ? {} : { ca }), ...(headers === undefined ? {} : { headers }) };
    this.socket = new WebSocket(baseUrl.replace('http', 'ws') + path, more);
    this.socket.on('upgrade', (response) => (this.headers = response.headers));
    this.socket.on('message', (data, binary) => {
      const text = (data as Buffer).toString();
      this.frames.push({ text, binary, atMs: performance.now() - this.startedAt });
      this.messages.push(JSON.parse(text) as ServerMessage);
      for (const check of this.checks) check();
    });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) =>
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
  }

  /** Connects and waits for setupComplete. */
  static async start(
    baseUrl: string,
    setup: Record<string, unknown> = {},
    options: RawClientOptions = {},
  ): Promise<RawClient> {
    const client = new RawClient(baseUrl, options);
    await client.opened();
    client.send({
      setup: { model: 'models/gemini-3.8-live', inputAudioTranscription: {}, outputAudioTranscription: {}, ...setup },
    });
    await client.until((message) => message.setupComplete !== undefined);
    return client;
  }

  async opened(): Promise<void> {
    if (this.socket.readyState === WebSocket.OPEN) return;
    await new Promise((resolve, reject) =>
      this.socket.once('open', resolve).once('close', reject).once('error', reject),
    );
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  sendAudio(samples: Int16Array, rate = 16_000): void {
    const chunk = rate / 25;
    for (let n = 0; n < samples.length; n += chunk) {
      this.send({
        realtimeInput: {
          audio: { data: encodePcm(samples.subarray(n, n + chunk)), mimeType: `audio/pcm;rate=${rate}` },
        },
      });
    }
  }

  /** Speaks in tone code, with enough silence for the turn to end. */
  say(text: string, rate = 16_000): void {
    const utterance = encodeUtterance(text, { sampleRateHz: rate });
    const samples = new Int16Array(utterance.length + rate);
    samples.set(utterance, rate / 10);
    this.sendAudio(samples, rate);
  }

  /** The first message from `from` on for which `test` holds; rejects after 8 s. */
  async until(test: (message: ServerMessage) => boolean, from = 0): Promise<ServerMessage> {
    const find = () => this.messages.slice(from).find(test);
    const found = find();
    if (found) return found;
    return new Promise((resolve, reject) => {
      const check = () => {
        const message = find();
        if (!message) return;
        this.checks.delete(check);
        clearTimeout(timer);
        resolve(message);
      };
      const timer = setTimeout(() => {
        this.checks.delete(check);
        reject(new Error(`no such message; got ${this.summary().join(' | ')}`));
      }, TIMEOUT_MS);
      this.checks.add(check);
    });
  }

  /** Waits for the end of a turn and gives the messages from `from` on up to it. */
  async turn(from = 0): Promise<ServerMessage[]> {
    const last = await this.until((message) => message.serverContent?.turnComplete === true, from);
    return this.messages.slice(from, this.messages.indexOf(last) + 1);
  }

  get count(): number {
    return this.messages.length;
  }

  /** Every message in a word or two, for looking at their order. */
  summary(from = 0): string[] {
    return this.messages.slice(from).map((message) =>
      Object.entries(message)
        .map(([key, value]) => (key === 'serverContent' ? Object.keys(value as object).join('+') : key))
        .join('+'),
    );
  }

  close(): void {
    this.socket.close();
  }
}

export const inputText = (messages: ServerMessage[]): string =>
  messages.map((message) => message.serverContent?.inputTranscription?.text ?? '').join('');

export const outputText = (messages: ServerMessage[]): string =>
  messages.map((message) => message.serverContent?.outputTranscription?.text ?? '').join('');

/** All audio in the messages, mono s16 at 24 kHz. */
export function outputAudio(messages: ServerMessage[]): Int16Array {
  const parts = messages.flatMap((message) => message.serverContent?.modelTurn?.parts ?? []);
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part.inlineData.data, 'base64')));
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** What a listener hears in tone-coded audio. */
export function heard(samples: Int16Array): string {
  const decoder = new ToneDecoder({ sampleRateHz: 24_000 });
  return transcribeWords([...decoder.push(samples), ...decoder.flush()]);
}
