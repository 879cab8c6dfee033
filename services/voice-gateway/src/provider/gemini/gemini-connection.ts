/**
 * One connection to Gemini Live. Our own over `ws` and not the SDK's: that one costs a third more CPU per frame and its connect
 * had no time limit (googleapis/js-genai#1257).
 */
import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import type { SecureContext } from 'node:tls';
import { WebSocket, type ClientOptions } from 'ws';
import type { LiveServerMessage } from '@google/genai';
import { AudioShape } from './audio-shape.js';
import type {
  ProviderFailure,
  ProviderListener,
  ProviderSession,
  ProviderToolResult,
  SessionSetup,
} from '../provider.js';
import { sendAudioMessage } from './audio-uplink.js';
import { deliver, noteMessage, setupMessage, takesNotes, textMessage, toolResponseMessage } from './gemini-messages.js';

export interface GeminiConnectionOptions {
  url: string;
  /** Goes in a header: addresses end up in logs and in the errors of proxies. */
  apiKey: string;
  /** Trusted authorities, shared: each connection would make a context of its own of them, which costs memory, and time when it opens. */
  secureContext: SecureContext;
  setupTimeoutMs: number;
  pingIntervalMs: number;
  /** Without a message or a pong for this long the connection is taken for dead. The provider's pongs may be 30 s late. */
  pingTimeoutMs: number;
  /** When something stays unsent for this long, the provider's network path is taken for gone. */
  unsentTimeoutMs: number;
}

/** About 8 s of uplink audio in base64: more than that unsent means the provider has stopped reading. */
const MAX_UNSENT_BYTES = 350_000;
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const MIN_SECRET_LENGTH = 16;
const CLOSE_TIMEOUT_MS = 1_000;

export class GeminiConnection implements ProviderSession {
  private readonly socket: WebSocket;
  private readonly setupTimer: NodeJS.Timeout;
  private readonly pingTimer: NodeJS.Timeout;
  private lastHeardAt = performance.now();
  /** Since when something has been waiting to be sent, 0: nothing is. */
  private unsentSince = 0;
  private readonly takesNotes: boolean;
  private readonly audioShape = new AudioShape();
  private ready = false;
  private finished = false;

  constructor(
    private readonly options: GeminiConnectionOptions,
    setup: SessionSetup,
    private readonly listener: ProviderListener,
  ) {
    this.takesNotes = takesNotes(setup.model);
    // What ws does not know it hands on to tls.connect.
    const tlsOptions = { secureContext: options.secureContext } as ClientOptions;
    this.socket = new WebSocket(options.url, {
      ...tlsOptions,
      headers: { 'x-goog-api-key': options.apiKey },
      perMessageDeflate: false,
      handshakeTimeout: options.setupTimeoutMs,
      maxPayload: MAX_MESSAGE_BYTES,
      skipUTF8Validation: true,
    });
    this.setupTimer = setTimeout(() => {
      this.finish({ kind: 'timeout', detail: `no answer to the set-up within ${options.setupTimeoutMs} ms` });
    }, options.setupTimeoutMs);
    this.pingTimer = setInterval(() => this.checkLiveness(), options.pingIntervalMs);
    this.socket.on('pong', () => this.heard());
    this.socket.on('open', () => {
      this.listener.connected?.();
      this.socket.send(setupMessage(setup));
    });
    this.socket.on('message', (data) => this.receive(data as Buffer));
    this.socket.on('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0;
      // Too many requests, or down: no word about the key, and another attempt may succeed.
      const passing = status === 429 || status >= 500;
      this.finish({ kind: passing ? 'lost' : 'refused', detail: `HTTP ${status} instead of a WebSocket` });
    });
    this.socket.on('error', (error) => this.finish({ kind: 'lost', detail: error.message }));
    this.socket.on('close', (code, reason) => {
      const refused = !this.ready && (code === 1007 || code === 1008);
      const detail = `closed with ${code} ${reason.toString().slice(0, 200)}`.trim();
      this.finish({ kind: refused ? 'refused' : 'lost', code, detail });
    });
  }

  sendAudio(frame: Buffer, offset: number): boolean {
    if (!this.ready) return false;
    const unsent = this.socket.bufferedAmount;
    if (unsent === 0) this.unsentSince = 0;
    else if (this.isStuck(unsent)) return false;
    if (this.socket.readyState === WebSocket.OPEN) sendAudioMessage(this.socket, frame, offset);
    return true;
  }

  sendText(text: string): void {
    this.send(textMessage(text));
  }

  sendNote(text: string): boolean {
    if (!this.ready || !this.takesNotes) return false;
    this.send(noteMessage(text));
    return true;
  }

  silentForMs(): number {
    return performance.now() - this.lastHeardAt;
  }

  probe(): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.ping();
  }

  sendToolResults(results: ProviderToolResult[]): void {
    this.send(toolResponseMessage(results));
  }

  close(): void {
    this.finished = true;
    clearTimeout(this.setupTimer);
    clearInterval(this.pingTimer);
    this.disconnect();
  }

  private send(message: string): void {
    if (this.ready) this.socket.send(message);
  }

  /** TCP acknowledges nothing: the path is gone, or the provider has stopped reading. A path that is only slow empties now and then. */
  private isStuck(unsent: number): boolean {
    const now = performance.now();
    this.unsentSince ||= now;
    const stuckMs = now - this.unsentSince;
    if (stuckMs > this.options.unsentTimeoutMs)
      this.finish({ kind: 'lost', detail: `${unsent} bytes could not be sent for ${Math.round(stuckMs)} ms` });
    return this.finished || unsent > MAX_UNSENT_BYTES;
  }

  private heard(): void {
    this.lastHeardAt = performance.now();
  }

  /** A half-open connection reports nothing by itself: it is only silent. */
  private checkLiveness(): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const silentMs = performance.now() - this.lastHeardAt;
    if (silentMs < this.options.pingTimeoutMs) this.socket.ping();
    else this.finish({ kind: 'lost', detail: `no message and no pong for ${Math.round(silentMs)} ms` });
  }

  private receive(data: Buffer): void {
    if (this.finished) return;
    this.heard();
    try {
      const audio = this.audioShape.read(data);
      if (audio) this.listener.audio(audio);
      else this.receiveAny(data);
    } catch {
      // Thrown on, it would be nobody's to catch, and end every call of this process.
      this.finish({ kind: 'lost', detail: 'sent a message that can not be understood' });
    }
  }

  private receiveAny(data: Buffer): void {
    let message: LiveServerMessage;
    try {
      message = parseExactJson(data.toString()) as LiveServerMessage;
    } catch {
      this.finish({ kind: 'lost', detail: 'sent a message that is not JSON' });
      return;
    }
    if (message.setupComplete) {
      this.ready = true;
      clearTimeout(this.setupTimer);
    }
    deliver(message, this.listener);
    this.audioShape.learn(data, message);
  }

  private finish(failure: ProviderFailure): void {
    if (this.finished) return;
    this.close();
    this.listener.closed({ ...failure, detail: this.fitForTheRecord(failure.detail) });
  }

  /** It may hold the provider's own words, which are on no account the key, and one line. */
  private fitForTheRecord(detail: string): string {
    const { apiKey } = this.options;
    // The word that simulators take is too short to be a secret, and may be part of a sentence.
    const withoutKey = apiKey.length < MIN_SECRET_LENGTH ? detail : detail.replaceAll(apiKey, '[key]');
    return withoutKey.replaceAll(/\p{Cc}+/gu, ' ');
  }

  private disconnect(): void {
    if (this.socket.readyState === WebSocket.CONNECTING) {
      this.socket.terminate();
      return;
    }
    this.socket.close(1000);
    setTimeout(() => this.socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }
}
