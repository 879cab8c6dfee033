import { parseExactJson } from '../json/exact-json.js';
import { VOICE_SUBPROTOCOL } from '../protocol/constants.js';
import type { CallStarted, GatewayMessage } from '../protocol/messages.js';
import type { FrameSink } from './audio-uplink.js';
import type { FailureStage } from './call-state.js';
import { closeError, refusalError } from './close-errors.js';
import { tokenError, VoiceError } from './voice-error.js';
import type { VoiceErrorDetails } from './voice-error.js';
import type { OpenVoiceSocket, SocketClosed, VoiceSocket } from './voice-socket.js';

/** How often a connection looks whether it still hears the gateway. */
const CHECK_INTERVAL_MS = 500;
const READ_OUT_INTERVAL_MS = 50;
/** How long the close code of a refusal may take after its `error` message. */
const CLOSE_CODE_WAIT_MS = 1_000;

export interface ConnectionOptions {
  url: string;
  openSocket: OpenVoiceSocket;
  getToken: () => Promise<string>;
  agentId?: string;
  resumeTicket?: string;
  /** From asking for the token to `call.started`. */
  startTimeoutMs: number;
  /** Silence after which the connection is dead. */
  livenessTimeoutMs: number;
}

export interface ConnectionEvents {
  started(started: CallStarted): void;
  /** Every message but `call.started`. */
  message(message: GatewayMessage): void;
  audio(frame: Uint8Array): void;
  /** Twice a second while the call is on. */
  checked(): void;
  /** After `readOut`: the last event, instead of `failed`. */
  readToEnd(): void;
  /** Last event, exactly once, unless `close` was called. */
  failed(stage: FailureStage, error: VoiceError): void;
}

/** One attempt to hold a call over one WebSocket: token, upgrade, `call.start`, then messages until it breaks. */
export class Connection implements FrameSink {
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  #stage: FailureStage | 'reading' | 'done' = 'token';
  #socket: VoiceSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #said: VoiceErrorDetails | undefined;
  #heardAtMs = 0;
  /** The same without heartbeats. */
  #toldAtMs = 0;
  #checkedAtMs = 0;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.#timer = setTimeout(() => this.#startTimedOut(), options.startTimeoutMs);
    void this.#open();
  }

  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  sendText(encoded: string): void {
    if (this.#stage === 'active') this.#socket?.send(encoded);
  }

  sendFrame(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#stage === 'active') this.#socket?.send(frame);
  }

  /** If it has not started the call yet, it has no more time for it than this. */
  hurry(startTimeoutMs: number): void {
    if (this.#stage === 'active' || this.#stage === 'reading' || this.#stage === 'done') return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#startTimedOut(), startTimeoutMs);
  }

  /**
   * Sends nothing more, and reads what the gateway has sent: until that closes the connection, has said nothing for `silentMs`, or
   * `withinMs` are over.
   */
  readOut(silentMs: number, withinMs: number): void {
    if (this.#stage !== 'active') return this.#readToEnd();
    this.#stage = 'reading';
    clearTimeout(this.#timer);
    const sinceMs = performance.now();
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      if (nowMs - Math.max(sinceMs, this.#toldAtMs) >= silentMs || nowMs - sinceMs >= withinMs) this.#readToEnd();
    }, READ_OUT_INTERVAL_MS);
  }

  /** Closes in order, without another event. */
  close(reason: string): void {
    if (this.#finish()) this.#socket?.close(1000, reason);
  }

  async #open(): Promise<void> {
    const { getToken, openSocket, url, agentId, resumeTicket } = this.#options;
    let token: string;
    try {
      token = await getToken();
    } catch (error) {
      await Promise.resolve(); // what throws at once must not be told before who made this knows it
      return this.#fail('token', tokenError(error));
    }
    if (this.#stage === 'done') return;
    this.#stage = 'upgrade';
    try {
      this.#socket = openSocket(resumeTicket === undefined ? url : withResumeHint(url), VOICE_SUBPROTOCOL, {
        opened: () => {
          if (this.#stage !== 'upgrade') return;
          this.#stage = 'start';
          this.#socket!.send(JSON.stringify({ type: 'call.start', token, agentId, resumeTicket }));
        },
        text: (text) => this.#receive(text),
        binary: (frame) => {
          this.#heardAtMs = this.#toldAtMs = performance.now();
          if (this.#stage === 'active' || this.#stage === 'reading') this.#events.audio(frame);
        },
        closed: (closed) => this.#closed(closed),
      });
    } catch (cause) {
      const message = `The address ${url} cannot be used for a WebSocket here.`;
      this.#fail('start', new VoiceError({ kind: 'invalid_argument', message, field: 'url', retryable: false, cause }));
    }
  }

  #receive(text: string): void {
    if (this.#stage === 'done') return;
    this.#heardAtMs = performance.now();
    const message = parseMessage(text);
    if (message === undefined) return;
    if (message.type !== 'ping') this.#toldAtMs = this.#heardAtMs;
    if (message.type === 'call.started') return this.#started(message);
    if (message.type === 'error' && this.#stage === 'start') {
      // The refusal is complete once the close code is there, which normally follows at once.
      this.#said ??= { ...message };
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#fail('start', new VoiceError(message)), CLOSE_CODE_WAIT_MS);
      return;
    }
    // Kept for the close code that may follow; an error long past explains nothing, so the next message clears it.
    this.#said = message.type === 'error' ? { ...message } : undefined;
    this.#events.message(message);
  }

  #started(message: CallStarted): void {
    if (this.#stage !== 'start') return;
    clearTimeout(this.#timer);
    this.#stage = 'active';
    this.#checkedAtMs = performance.now();
    this.#timer = setInterval(() => this.#check(), CHECK_INTERVAL_MS);
    this.#events.started(message);
  }

  #check(): void {
    const nowMs = performance.now();
    // After a stall or sleep of this process the messages that came meanwhile are read first.
    const stalled = nowMs - this.#checkedAtMs > 3 * CHECK_INTERVAL_MS;
    this.#checkedAtMs = nowMs;
    if (stalled) return;
    const { livenessTimeoutMs } = this.#options;
    if (nowMs - this.#heardAtMs < livenessTimeoutMs) return this.#events.checked();
    const message = `Nothing came from the gateway for ${livenessTimeoutMs / 1000} s.`;
    this.#socket?.abandon();
    this.#fail('active', new VoiceError({ kind: 'unavailable', message, retryable: true }));
  }

  #startTimedOut(): void {
    const message = 'The gateway did not start the call in time.';
    this.#socket?.abandon();
    this.#fail(this.#failureStage, new VoiceError({ kind: 'deadline_exceeded', message, retryable: true }));
  }

  #readToEnd(): void {
    this.close('moving');
    this.#events.readToEnd();
  }

  #closed(closed: SocketClosed): void {
    if (this.#stage === 'reading') return this.#readToEnd();
    this.#fail(this.#failureStage, closed.opened ? closeError(closed, this.#said) : refusalError(closed));
  }

  get #failureStage(): FailureStage {
    return this.#stage === 'reading' || this.#stage === 'done' ? 'start' : this.#stage;
  }

  #fail(stage: FailureStage, error: VoiceError): void {
    if (!this.#finish()) return;
    this.#socket?.close(1000, '');
    this.#events.failed(stage, error);
  }

  #finish(): boolean {
    if (this.#stage === 'done') return false;
    this.#stage = 'done';
    clearTimeout(this.#timer);
    return true;
  }
}

/** Tells a gateway under load before the upgrade that this is no new call. */
function withResumeHint(url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}resume`;
}

/** Undefined for what is no message of this protocol; unknown types are left to the receiver to ignore. */
function parseMessage(text: string): GatewayMessage | undefined {
  try {
    const message: unknown = parseExactJson(text);
    if (typeof message !== 'object' || message === null) return undefined;
    return typeof (message as { type?: unknown }).type === 'string' ? (message as GatewayMessage) : undefined;
  } catch {
    return undefined;
  }
}
