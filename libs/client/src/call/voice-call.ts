import { INPUT_SAMPLE_RATE_HZ, MAX_INPUT_FRAME_MS, MIN_INPUT_FRAME_MS } from '../protocol/audio-frame.js';
import type { CallStarted, ClientMessage, GatewayMessage } from '../protocol/messages.js';
import { AudioDownlink } from './audio-downlink.js';
import { AudioUplink } from './audio-uplink.js';
import type { CallEnded, CallEvents, CallStats } from './call-events.js';
import { RESUMPTION_FORMAT } from './call-resumption.js';
import type { CallResumption } from './call-resumption.js';
import { transition } from './call-state.js';
import type { CallEffect, CallInput, CallLimits, CallState, CallStateName, FailureStage } from './call-state.js';
import { Connection } from './connection.js';
import { ControlQueue, encodeMessage } from './control-queue.js';
import { Succession } from './succession.js';
import { TranscriptTexts } from './transcript-texts.js';
import { TypedEmitter } from './typed-emitter.js';
import type { Listener } from './typed-emitter.js';
import { VoiceError } from './voice-error.js';
import type { OpenVoiceSocket } from './voice-socket.js';

const MIN_FRAME_SAMPLES = (INPUT_SAMPLE_RATE_HZ / 1000) * MIN_INPUT_FRAME_MS;
const MAX_FRAME_SAMPLES = (INPUT_SAMPLE_RATE_HZ / 1000) * MAX_INPUT_FRAME_MS;
const MAX_TEXT_CHARACTERS = 8_000;
const MAX_TOOL_ERROR_CHARACTERS = 2_000;
/** From asking for the token to `call.started`, for a call that is without a connection. */
const RESUME_TIMEOUT_MS = 5_000;
/** The same while another connection still carries the call. */
const MOVE_TIMEOUT_MS = 15_000;

export interface VoiceCallOptions {
  /** Such as `wss://voice.example.com/stream`. */
  url: string;
  /** Asked before every connection: a call token is good for one. Its rejection is what `start()` rejects with. */
  getToken: () => Promise<string>;
  /** Defaults to the agent of the token. */
  agentId?: string;
  openSocket: OpenVoiceSocket;
  /** From the token to `call.started`; default 15,000. */
  startTimeoutMs?: number;
  /** Silence of the gateway after which the connection counts as dead; default 3,000. */
  livenessTimeoutMs?: number;
  /** How long `end()` waits for the gateway's answer; default 5,000. */
  endTimeoutMs?: number;
  /** Default 2: a refused upgrade is tried once more, with a new token. */
  startAttempts?: number;
  /** Default 5; 0 ends the call when its connection is lost. */
  reconnectAttempts?: number;
  /** Default 10,000. */
  reconnectWindowMs?: number;
  /** How much the socket may hold back before microphone audio waits and, after 2 s, is dropped; default 32,000 (1 s). */
  maxBufferedBytes?: number;
  /** Goes on with a call that another page or process had, instead of beginning one. See `VoiceCall.resumption`. */
  resume?: CallResumption;
}

/**
 * A voice call with an agent, on any platform that has WebSockets: states, messages, audio frames, reconnection. It knows
 * nothing of microphones and loudspeakers. One object is one call; a new call needs a new object.
 */
export class VoiceCall {
  readonly #options: VoiceCallOptions;
  readonly #limits: CallLimits;
  readonly #emitter = new TypedEmitter<CallEvents>();
  readonly #uplink: AudioUplink;
  readonly #downlink = new AudioDownlink();
  readonly #controls = new ControlQueue();
  #textsSent = 0;
  /** Sets the ids of texts apart from those that another page has given in the same call. */
  #textPrefix = '';
  readonly #texts = new TranscriptTexts();
  readonly #whenStarted = Promise.withResolvers<CallStarted>();
  readonly #whenEnded = Promise.withResolvers<CallEnded>();
  #state: CallState = { name: 'idle' };
  #connection: Connection | undefined;
  /** Made beside the one in use, when the gateway asks the call to move. */
  #next: Connection | undefined;
  readonly #succession = new Succession();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #started: CallStarted | undefined;
  #reconnects = 0;

  constructor(options: VoiceCallOptions) {
    this.#options = options;
    this.#uplink = new AudioUplink(options.maxBufferedBytes ?? 32_000);
    this.#limits = {
      startAttempts: options.startAttempts ?? 2,
      reconnectAttempts: options.reconnectAttempts ?? 5,
      reconnectWindowMs: options.reconnectWindowMs ?? 10_000,
    };
    if (options.resume !== undefined) this.#restore(options.resume);
    // A caller that only listens to events need not handle the promise too.
    this.#whenStarted.promise.catch(() => {});
  }

  get state(): CallStateName {
    return this.#state.name;
  }

  /** What the gateway said at the start, the newest after a reconnection. */
  get started(): CallStarted | undefined {
    return this.#started;
  }

  /**
   * What another page or process needs to go on with this call should this one end without a word, as by a reload: plain JSON. Undefined
   * before the start and once the call is to end.
   */
  get resumption(): CallResumption | undefined {
    const state = this.#state;
    const goesOn = (state.name === 'active' && !state.ending) || state.name === 'reconnecting';
    if (!goesOn || this.#started === undefined || state.resumeTicket === '') return undefined;
    return {
      format: RESUMPTION_FORMAT,
      atMs: Date.now(),
      started: this.#started,
      uplink: this.#uplink.position,
      downlink: this.#downlink.snapshot,
      transcripts: this.#texts.snapshot,
      texts: this.#controls.unacknowledgedTexts,
    };
  }

  get stats(): CallStats {
    const { framesUnacknowledged, counts } = this.#uplink;
    return { ...counts, ...this.#downlink.counts, framesUnacknowledged, reconnects: this.#reconnects };
  }

  /** Adds a listener; returns the function that removes it. */
  on<Name extends keyof CallEvents>(name: Name, listener: Listener<CallEvents[Name]>): () => void {
    return this.#emitter.on(name, listener);
  }

  /**
   * Connects. Resolves when the gateway has started the call, or has given back the one to resume.
   * @throws VoiceError with the reason of the refusal; `cancelled` when `end()` came first.
   */
  start(): Promise<CallStarted> {
    const resumeTicket = this.#options.resume?.started.resumeTicket;
    if (resumeTicket === undefined) this.#handle({ type: 'startRequested' });
    else this.#handle({ type: 'resumeRequested', resumeTicket, atMs: performance.now() });
    return this.#whenStarted.promise;
  }

  /**
   * Sends a frame of the microphone: mono, 16 kHz, 10 to 200 ms. While the connection is away, the last 10 s are kept; before
   * the start and after the end it is ignored.
   * @throws VoiceError `invalid_argument` for another size.
   */
  sendAudio(samples: Int16Array): void {
    if (samples.length < MIN_FRAME_SAMPLES || samples.length > MAX_FRAME_SAMPLES) {
      const size = `${MIN_INPUT_FRAME_MS} to ${MAX_INPUT_FRAME_MS} ms (${MIN_FRAME_SAMPLES} to ${MAX_FRAME_SAMPLES} samples)`;
      throw invalid('samples', `An audio frame holds ${size}, not ${samples.length} samples.`);
    }
    if (this.#state.name !== 'active' && this.#state.name !== 'reconnecting') return;
    const isConnected = this.#state.name === 'active';
    this.#uplink.add(samples, isConnected);
    if (isConnected) this.#uplink.flush(this.#connection!);
  }

  /**
   * Says something in writing, 1 to 8,000 characters; interrupts the agent.
   * @throws VoiceError `invalid_argument`, or `failed_precondition` when there is no call.
   */
  sendText(text: string): void {
    if (text.length < 1 || text.length > MAX_TEXT_CHARACTERS) {
      throw invalid('text', `A text has 1 to ${MAX_TEXT_CHARACTERS} characters, not ${text.length}.`);
    }
    this.#send({ type: 'input.text', text, id: `${this.#textPrefix}${++this.#textsSent}` }, 'text');
  }

  /**
   * Answers a tool call that runs in this client: with any JSON value, or with an error for the model.
   * @throws VoiceError `invalid_argument` above 64 KiB, or `failed_precondition` when there is no call.
   */
  sendToolResult(toolCallId: string, outcome: { result: unknown } | { error: string }): void {
    const told = 'error' in outcome ? { error: outcome.error.slice(0, MAX_TOOL_ERROR_CHARACTERS) } : outcome;
    this.#send({ type: 'tool.result', toolCallId, ...told }, 'result');
  }

  /** Reports how much of an agent's turn the listener has heard. Players call it; without a call it does nothing. */
  reportPlayback(turn: number, playedMs: number): void {
    if (this.#state.name !== 'active' && this.#state.name !== 'reconnecting') return;
    this.#send({ type: 'playback.position', turn, playedMs }, 'position');
  }

  /** Hangs up. Resolves when the call has ended, at the latest after `endTimeoutMs`. */
  end(): Promise<CallEnded> {
    this.#handle({ type: 'endRequested' });
    return this.#whenEnded.promise;
  }

  #restore({ started, atMs, uplink, downlink, transcripts, texts }: CallResumption): void {
    this.#started = started;
    this.#uplink.continueAt(uplink, Date.now() - atMs);
    this.#downlink.restore(downlink);
    this.#texts.restore(transcripts);
    for (const [id, encoded] of texts) this.#controls.keepText(id, encoded, false);
    this.#textPrefix = `${Math.random().toString(36).slice(2, 10)}-`;
  }

  #send(message: ClientMessage, field: string): void {
    const encoded = encodeMessage(message, field);
    const isSent = this.#state.name === 'active';
    if (!isSent && this.#state.name !== 'reconnecting')
      throw new VoiceError({ kind: 'failed_precondition', message: 'There is no call.', retryable: false });
    if (message.type === 'input.text') this.#controls.keepText(message.id!, encoded, isSent);
    else if (!isSent) this.#controls.add(message, encoded);
    if (isSent) this.#connection!.sendText(encoded);
  }

  #handle(input: CallInput): void {
    const from = this.#state;
    const { state, effects } = transition(from, input, this.#limits);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    if (state.name === 'ended' && from.name !== 'ended') clearTimeout(this.#timer);
    if (state.name !== from.name) this.#emitter.emit('stateChanged', { from: from.name, to: state.name });
    if (state.name === 'ended' && from.name !== 'ended') this.#announceEnd(state);
  }

  #perform(effect: CallEffect): void {
    clearTimeout(this.#timer);
    switch (effect.type) {
      case 'closeConnection':
        this.#closeNext();
        this.#connection?.close('ended');
        this.#connection = undefined;
        this.#succession.end();
        break;
      case 'connect':
        // The spread keeps the calls of a lost gateway from coming back all at once.
        this.#timer = setTimeout(
          () => (this.#connection = this.#connect(effect.resumeTicket, RESUME_TIMEOUT_MS)),
          effect.afterMs * (0.75 + Math.random() / 2),
        );
        break;
      case 'connectNext':
        this.#next = this.#connect(effect.resumeTicket, MOVE_TIMEOUT_MS);
        break;
      case 'closeNext':
        this.#closeNext();
        break;
      case 'takeNext':
        this.#succession.begin(this.#connection);
        this.#connection = this.#next;
        this.#next = undefined;
        this.#connection?.hurry(RESUME_TIMEOUT_MS);
        break;
      case 'sendEnd':
        this.#succession.end(); // nobody listens any more
        this.#connection?.sendText(JSON.stringify({ type: 'call.end' }));
        this.#timer = setTimeout(() => this.#handle({ type: 'endTimedOut' }), this.#options.endTimeoutMs ?? 5_000);
        break;
    }
  }

  #closeNext(): void {
    this.#next?.close('ended');
    this.#next = undefined;
  }

  #connect(resumeTicket: string | undefined, resumeTimeoutMs: number): Connection {
    const { url, openSocket, getToken, agentId, startTimeoutMs = 15_000, livenessTimeoutMs = 3_000 } = this.#options;
    const timeoutMs = resumeTicket === undefined ? startTimeoutMs : Math.min(startTimeoutMs, resumeTimeoutMs);
    const connection: Connection = new Connection(
      { url, openSocket, getToken, agentId, resumeTicket, startTimeoutMs: timeoutMs, livenessTimeoutMs },
      {
        started: (started) => this.#begin(connection, started),
        message: (message) => {
          const isOver = this.#succession.isOlder(connection) && isAboutConnection(message);
          if (!isOver) this.#succession.inOrder(connection, () => this.#receive(message));
        },
        audio: (frame) => this.#succession.inOrder(connection, () => this.#play(frame)),
        checked: () => this.#uplink.flush(connection),
        readToEnd: () => this.#succession.end(),
        failed: (stage, error) => this.#lost(connection, stage, error),
      },
    );
    return connection;
  }

  #begin(connection: Connection, started: CallStarted): void {
    const isNext = connection === this.#next;
    const resumed = isNext || this.#state.name === 'reconnecting';
    this.#started = started;
    const resumeTicket = typeof started.resumeTicket === 'string' ? started.resumeTicket : '';
    this.#handle({ type: isNext ? 'nextStarted' : 'started', resumeTicket });
    if (resumed) {
      this.#reconnects++;
      if (!isNext) this.#downlink.reconnected();
      for (const encoded of this.#controls.take()) connection.sendText(encoded);
      this.#uplink.rewind();
      this.#uplink.flush(connection);
    }
    this.#emitter.emit('started', { ...started, resumed });
    this.#whenStarted.resolve(started);
  }

  #lost(connection: Connection, stage: FailureStage, error: VoiceError): void {
    if (connection === this.#next) {
      this.#next = undefined;
      return this.#handle({ type: 'nextFailed' });
    }
    this.#succession.end();
    this.#connection = undefined;
    this.#handle({ type: 'connectionFailed', stage, error, atMs: performance.now() });
  }

  #announceEnd(state: CallState & { name: 'ended' }): void {
    const { reason, detail, error } = state;
    const why = {
      kind: 'cancelled',
      message: detail ?? 'The call ended before it started.',
      retryable: false,
    } as const;
    this.#whenStarted.reject(error ?? new VoiceError(why));
    if (error !== undefined) this.#emitter.emit('error', error);
    const ended: CallEnded = { reason, detail, error };
    this.#emitter.emit('ended', ended);
    this.#whenEnded.resolve(ended);
  }

  #play(frame: Uint8Array): void {
    const audio = this.#downlink.receive(frame);
    if (audio !== undefined) this.#emitter.emit('audioReceived', audio);
  }

  /** Unknown types fall through: a newer gateway may say more than this client understands. */
  #receive(message: GatewayMessage): void {
    switch (message.type) {
      case 'input.ack':
        return this.#controls.forgetText(message.id);
      case 'audio.ack':
        return this.#uplink.acknowledge(message.sequence);
      case 'turn.started':
        this.#downlink.turnStarted(message.turn);
        return this.#emitter.emit('turnStarted', message);
      case 'transcript.delta': {
        const text = this.#texts.append(message.turn, message.text);
        return this.#emitter.emit('transcriptUpdated', { ...message, text, delta: message.text });
      }
      case 'transcript.final':
        if (this.#texts.finish(message.turn, message.generated)) this.#emitter.emit('transcriptFinished', message);
        return;
      case 'interrupted':
        this.#downlink.interrupted(message.turn);
        return this.#emitter.emit('interrupted', message);
      case 'tool.started':
        return this.#emitter.emit('toolStarted', message);
      case 'tool.finished':
        return this.#emitter.emit('toolFinished', message);
      case 'turn.finished':
        if (!this.#texts.isRepeated(message.turn)) this.#emitter.emit('turnFinished', message);
        return;
      case 'call.move':
        this.#emitter.emit('moveRequested', message);
        return this.#handle({ type: 'moveRequested' });
      case 'error':
        if (message.id !== undefined) this.#controls.forgetText(message.id);
        return this.#emitter.emit('error', new VoiceError(message));
      case 'call.ended':
        return this.#handle({ type: 'callEnded', reason: message.reason, detail: message.detail });
    }
  }
}

/** It says something of the connection that it comes over, which matters no more when the call goes on over another one. */
function isAboutConnection({ type }: GatewayMessage): boolean {
  return type === 'call.move' || type === 'call.ended';
}

function invalid(field: string, message: string): VoiceError {
  return new VoiceError({ kind: 'invalid_argument', message, field, retryable: false });
}
