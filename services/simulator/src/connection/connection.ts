import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import type { EphemeralToken, EphemeralTokens } from '../access/ephemeral-tokens.js';
import { applyTokenSetup } from '../access/ephemeral-tokens.js';
import { echoAnswer } from '../echo/echo-session.js';
import { BeepVoice } from '../faults/beep.js';
import type { FaultPlan, Moment } from '../faults/fault-plan.js';
import { FaultyWire } from '../faults/faulty-wire.js';
import { ReplayGuard } from '../faults/replay-guard.js';
import type { HistoryEntry } from '../mind/mind-script.js';
import type { ResolvedOptions } from '../options.js';
import { LiveSession } from '../session/live-session.js';
import type { ResumptionStore } from '../session/resumption-store.js';
import { SessionMemory } from '../session/session-memory.js';
import { type SessionSettings, readSetup, refuseSetup } from '../session/session-settings.js';
import type { Voice } from '../speech/voice.js';
import type { SimulatorStats } from '../stats.js';
import { type ClientMessage, type Setup, parseClientMessage } from '../wire/client-message.js';
import {
  BAD_HANDLE,
  type CloseReason,
  DEADLINE_EXPIRED,
  INVALID_TOKEN,
  ProtocolError,
  SESSION_OPEN,
  SLOW_READER,
  cut,
  invalidArgument,
} from '../wire/close-reasons.js';
import { type ServerMessage, durationString, encodeServerMessage } from '../wire/server-message.js';
import { ConnectionTimers } from './connection-timers.js';

/** A client that reads nothing for this long a stretch of audio is disconnected. */
const MAX_UNSENT_BYTES = 16 * 1024 * 1024;
/** A client that says nothing at all is not kept for ever. */
const SETUP_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 2_000;
const ECHO_ENDS_AFTER_MS = 2_000;

export interface ConnectionDeps {
  number: number;
  socket: WebSocket;
  /** Such as v1beta. */
  version: string;
  /** Path and query without credentials. */
  path: string;
  token: EphemeralToken | undefined;
  faults: FaultPlan;
  options: ResolvedOptions;
  stats: SimulatorStats;
  tokens: EphemeralTokens;
  store: ResumptionStore;
  /** Connections by the session they carry. */
  openSessions: Map<string, SimulatorConnection>;
  voiceFor(name: string | undefined): Voice;
  onSetup(connection: SimulatorConnection): void;
  onMessage(connection: SimulatorConnection, message: ClientMessage): void;
  onClosed(connection: SimulatorConnection): void;
  onError(error: unknown): void;
}

/** One WebSocket of a client: its setup, its faults, its end. Tests look at it and force things on it. */
export class SimulatorConnection {
  /** As the client sent it; undefined until then. */
  setup: Setup | undefined;
  sessionId: string | undefined;
  /** The setup came with a valid handle. */
  resumed = false;
  private settings: SessionSettings | undefined;
  private session: LiveSession | undefined;
  private memory: SessionMemory | undefined;
  private readonly timers = new ConnectionTimers();
  private ended = false;
  private faults: FaultPlan;
  private wire: FaultyWire;
  private replayGuard: ReplayGuard | undefined;
  private deaf = false;
  private lingersUntil = 0;
  /** When an echo was last answered with; 0: no turn is under way. */
  private echoedAt = 0;

  constructor(private readonly deps: ConnectionDeps) {
    const { socket } = deps;
    this.faults = deps.faults;
    this.wire = this.makeWire();
    socket.on('message', (data) => this.receive(data));
    socket.on('ping', (data) => this.timers.after(this.faults.pongLateMs ?? 0, () => this.pong(data)));
    socket.on('close', () => this.end());
    // A broken frame: `ws` closes the connection itself.
    socket.on('error', () => undefined);
    this.timers.after(SETUP_TIMEOUT_MS, () => {
      if (!this.setup) this.close(DEADLINE_EXPIRED);
    });
    if (deps.token) this.timers.after(deps.token.expiresAt - Date.now(), () => this.close(INVALID_TOKEN));
  }

  get number(): number {
    return this.deps.number;
  }

  /** Path and query of the request, without credentials. */
  get path(): string {
    return this.deps.path;
  }

  get open(): boolean {
    return this.deps.socket.readyState === this.deps.socket.OPEN;
  }

  /** The session can't be resumed over another connection yet. */
  get holdsSession(): boolean {
    return this.open || Date.now() < this.lingersUntil;
  }

  /** The conversation so far, as the model remembers it. */
  get history(): readonly HistoryEntry[] {
    return this.memory?.history ?? [];
  }

  /** Sends any message, for tests of what the real server might do. */
  send(message: ServerMessage): void {
    this.write(encodeServerMessage(message));
  }

  /** Announces the end. With `close`, the connection is closed when the time is over. */
  goAway(timeLeftMs: number, close?: CloseReason): void {
    this.send({ goAway: { timeLeft: durationString(timeLeftMs) } });
    if (close) this.timers.after(timeLeftMs, () => this.close(close));
  }

  close({ code, reason }: CloseReason): void {
    if (this.ended) return;
    const { socket } = this.deps;
    const short = cut({ code, reason });
    socket.close(short.code, short.reason);
    this.end();
    setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }

  /** Cuts the TCP connection without a WebSocket close: the client sees 1006. */
  drop(): void {
    this.deps.socket.terminate();
    this.end();
  }

  /** Stops reading and writing without closing, as when the network path is gone: the client sees silence. */
  halfOpen(): void {
    this.fallSilent();
    this.deps.socket.pause();
  }

  /** From now on neither hears nor says anything; pings are still answered. */
  fallSilent(): void {
    this.wire.mute();
    this.session?.end();
    this.deaf = true;
  }

  private pong(data: Buffer): void {
    if (this.open && !this.deps.socket.isPaused) this.deps.socket.pong(data);
  }

  private receive(data: RawData): void {
    if (this.ended || this.deaf) return;
    this.deps.stats.framesIn++;
    const frame = data as Buffer;
    if (this.settings?.echo && this.echo(frame, this.settings.echoSpeechOnly)) return;
    try {
      this.take(frame.toString());
    } catch (error) {
      if (!(error instanceof ProtocolError)) this.deps.onError(error);
      this.close(error instanceof ProtocolError ? error.close : { code: 1011, reason: 'Internal error encountered.' });
    }
  }

  /** False when there is no audio in the frame. */
  private echo(frame: Buffer, speechOnly: boolean): boolean {
    const answer = echoAnswer(frame, speechOnly);
    if (answer === undefined || answer === '') return answer === '';
    this.write(answer);
    if (this.echoedAt === 0) this.timers.after(ECHO_ENDS_AFTER_MS, () => this.endEcho());
    this.echoedAt = Date.now();
    return true;
  }

  /** The turn of an echo is over when the caller has been silent for a while. */
  private endEcho(): void {
    const leftMs = this.echoedAt + ECHO_ENDS_AFTER_MS - Date.now();
    if (leftMs > 0) {
      this.timers.after(leftMs, () => this.endEcho());
      return;
    }
    this.echoedAt = 0;
    this.send({ serverContent: { generationComplete: true } });
    this.send({ serverContent: { turnComplete: true } });
  }

  private take(frame: string): void {
    const { token } = this.deps;
    const message = parseClientMessage(frame, token ? (setup) => applyTokenSetup(setup, token) : undefined);
    this.deps.onMessage(this, message);
    const { refuseReplay } = this.faults;
    if (refuseReplay && message.kind === 'realtimeInput' && this.replayGuard?.isReplay(message.body))
      throw new ProtocolError(refuseReplay);
    const { closeBeforeAnswer } = this.faults;
    if (closeBeforeAnswer && message.kind === 'realtimeInput' && message.body.text)
      throw new ProtocolError(closeBeforeAnswer);
    if (this.session) {
      this.session.receive(message);
    } else if (this.setup && this.faults.neverAnswerSetup) {
      // Swallowed: as far as the client can tell, nobody is there.
    } else if (message.kind !== 'setup' || this.setup) {
      throw new ProtocolError(
        invalidArgument(
          this.setup ? 'setup can only be sent once, as the first message.' : 'the first message must be setup.',
        ),
      );
    } else {
      this.start(message.body);
    }
  }

  private start(setup: Setup): void {
    this.setup = setup;
    this.faults = { ...this.deps.faults, ...this.deps.faults.atSetup?.(setup) };
    this.wire = this.makeWire();
    const { faults } = this;
    const { options, stats } = this.deps;
    const refusal = faults.refuseSetup ?? refuseSetup(setup, this.deps.version, options);
    if (refusal) throw new ProtocolError(refusal);
    const settings = readSetup(setup);
    this.resume(settings);
    if (faults.neverAnswerSetup) {
      this.timers.after(options.lifetime.connectionMs, () => this.close(options.lifetime.close));
      this.deps.onSetup(this);
      return;
    }
    this.settings = settings;
    const memory = (this.memory ??= new SessionMemory());
    this.session = this.makeSession(settings, memory);
    stats.sessionsStarted++;
    if (this.resumed) stats.sessionsResumed++;
    if (this.resumed) this.replayGuard = new ReplayGuard();
    this.startClock();
    this.wire.send({ setupComplete: {} });
    this.deps.onSetup(this);
    if (this.resumed && faults.repeatTranscript)
      this.send({ serverContent: { inputTranscription: { text: memory.lastUserText() } } });
  }

  /** Finds what the handle stands for, or begins a new session. Throws a ProtocolError when it can't be resumed. */
  private resume(settings: SessionSettings): void {
    const { store, openSessions, options, token, tokens } = this.deps;
    const resumed = settings.resumeHandle === undefined ? undefined : store.find(settings.resumeHandle);
    if (settings.resumeHandle !== undefined && this.faults.refuseResume)
      throw new ProtocolError(this.faults.refuseResume);
    if (settings.resumeHandle !== undefined && !resumed) throw new ProtocolError(BAD_HANDLE);
    if (!resumed && token && !tokens.spend(token)) throw new ProtocolError(INVALID_TOKEN);
    if (resumed && options.refuseResumeWhileOpen && openSessions.get(resumed.sessionId)?.holdsSession)
      throw new ProtocolError(SESSION_OPEN);
    this.resumed = resumed !== undefined;
    this.sessionId = resumed?.sessionId ?? randomUUID();
    if (resumed) this.memory = new SessionMemory(resumed.memory);
    openSessions.set(this.sessionId, this);
  }

  private makeSession(settings: SessionSettings, memory: SessionMemory): LiveSession {
    const { options, stats, store, onError } = this.deps;
    const { faults } = this;
    const voice = this.deps.voiceFor(settings.voiceName);
    return new LiveSession({
      settings,
      memory,
      script: options.script,
      voice: faults.beep ? new BeepVoice(voice) : voice,
      pace: { ...options.pace, ...faults.pace },
      responseDelayMs: options.responseDelayMs,
      resumed: this.resumed,
      toolFaults: faults,
      send: (message) => this.wire.send(message),
      saveHandle: () => store.save(this.sessionId ?? '', memory.snapshot()),
      count: (event) => stats[event]++,
      fail: (error) => {
        onError(error);
        this.close({ code: 1011, reason: 'Internal error encountered.' });
      },
    });
  }

  /** From setupComplete on: the end of the connection's life. */
  private startClock(): void {
    const { connectionMs, announcedMs, close } = this.deps.options.lifetime;
    this.timers.after(connectionMs - announcedMs, () => this.goAway(announcedMs, close));
  }

  private makeWire(): FaultyWire {
    return new FaultyWire(
      this.faults,
      this.timers,
      (message) => this.send(message),
      (what) => this.startFaults(what),
    );
  }

  /** Starts the clocks of the faults that count from this. */
  private startFaults(what: Moment['from']): void {
    const { goAway, closeAfter, dropAfter, halfOpenAfter, cancelToolsAfterMs } = this.faults;
    const after = (moment: Moment | undefined, action: () => void) => {
      if (moment && (moment.from ?? 'setup') === what) this.timers.after(moment.afterMs, action);
    };
    after(goAway, () => {
      this.goAway(goAway!.timeLeftMs, goAway!.close);
      if (goAway!.thenSilent) this.fallSilent();
    });
    after(closeAfter, () => this.close(closeAfter!.close));
    after(dropAfter, () => this.drop());
    after(halfOpenAfter, () => this.halfOpen());
    if (cancelToolsAfterMs !== undefined)
      after({ from: 'toolCall', afterMs: cancelToolsAfterMs }, () => this.session?.cancelTools());
  }

  private write(frame: string): void {
    const { socket, stats } = this.deps;
    if (this.ended || !this.open) return;
    if (socket.bufferedAmount > MAX_UNSENT_BYTES) {
      this.close(SLOW_READER);
      return;
    }
    stats.framesOut++;
    socket.send(frame, { binary: true });
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.timers.clear();
    this.session?.end();
    const { lingerMs } = this.faults;
    if (lingerMs === undefined) this.leaveSession();
    else {
      this.lingersUntil = Date.now() + lingerMs;
      setTimeout(() => this.leaveSession(), lingerMs).unref();
    }
    this.deps.onClosed(this);
  }

  private leaveSession(): void {
    if (this.sessionId !== undefined && this.deps.openSessions.get(this.sessionId) === this)
      this.deps.openSessions.delete(this.sessionId);
  }
}
