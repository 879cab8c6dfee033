/**
 * A call's line to its provider, whichever connection carries it at the moment. It looks like one session to the call: while a
 * connection is replaced, audio waits in a ring and texts wait in order.
 */
import type {
  ProviderFailure,
  ProviderListener,
  ProviderSession,
  ProviderToolResult,
  RealtimeProvider,
  SessionSetup,
} from '../../provider/provider.js';
import {
  handedOverLink,
  isUp,
  linkTransition,
  newLink,
  type LinkEffect,
  type LinkEvent,
  type LinkState,
  type ReattachReason,
  type Rotation,
} from './link-machine.js';
import { RepeatedTranscripts } from './repeated-transcripts.js';
import { UplinkRing } from './uplink-ring.js';

export interface Reattached {
  reason: ReattachReason;
  /** From the loss of one connection to the other being ready. */
  gapMs: number;
  /** A new session that was told the conversation, not the old one taken up. */
  fresh: boolean;
  replayedMs: number;
  /** What the caller said that no connection in use has. */
  lostMs: number;
  /** The utterance that is under way is about to be sent again from its beginning. */
  utteranceReplayed: boolean;
}

/** What the call hears of its line, beside the provider's own messages. */
export interface LinkListener extends Omit<ProviderListener, 'ready' | 'resumable' | 'goAway' | 'closed'> {
  started(): void;
  goingAway(timeLeftMs: number): void;
  connectionLost(failure: ProviderFailure): void;
  /** The connection is given up, or gone: what was being generated on it will not go on. */
  dropped(): void;
  /** All that was said so far can be taken up again. */
  covered(): void;
  /** `waiting` are the texts for the provider that came meanwhile. The returned ones are sent to it, before queued audio goes out. */
  reattached(info: Reattached, waiting: string[]): string[];
  failed(failure: ProviderFailure): void;
  /** A line that had been up could not be brought back; follows `failed`. */
  givenUp(reason: ReattachReason): void;
}

/** How connections are replaced. */
export interface LinkPolicy {
  rotation: Rotation;
  /** A connection this old is replaced at the next quiet moment. */
  rotateAfterMs: number;
  /** How much of an utterance is kept, to be said again to another connection. */
  replayMs: number;
}

export interface ProviderLinkOptions {
  provider: RealtimeProvider;
  policy: LinkPolicy;
  setup: SessionSetup;
  /** The conversation so far, for a fresh session; '' when nothing has been said. */
  history(): string;
  /** What a session that is taken up again has to know beside its instructions; '' for nothing. */
  notes(): string;
  /** No turn runs, no tool is pending, nobody speaks: a connection can be replaced unnoticed. */
  isQuiet(): boolean;
  listener: LinkListener;
  /**
   * Given when another gateway held the call until now: its session's handle, '' if it had none. `isSaidAgain`: the caller was in the
   * middle of a sentence, which the client is about to send again from its beginning.
   */
  handedOver?: { handle: string; isSaidAgain: boolean } | undefined;
}

const MAX_QUEUED_TEXTS = 16;
/** From the model's being ready to the first sound of what is said again. Without it the model is asked to answer what was understood. */
const SAID_AGAIN_WITHIN_MS = 2_000;
/**
 * After the caller's last sound something must come within this time: a transcript, an answer, or the pong to a probe. Pongs alone would
 * say too little, because those of Gemini are up to 30 s late at times.
 */
export const DEAF_AFTER_MS = 8_000;
const PROBE_AFTER_MS = 2_000;

export class ProviderLink {
  private state: LinkState;
  private session: ProviderSession | undefined;
  /** The connection that is being made beside the one in use. */
  private next: ProviderSession | undefined;
  private timer: NodeJS.Timeout | undefined;
  private ageTimer: NodeJS.Timeout | undefined;
  private readonly ring: UplinkRing;
  private readonly repeated = new RepeatedTranscripts();
  private queuedTexts: string[] = [];
  private isSaidAgain: boolean;
  /** Runs while a connection is ready and what is said again has not begun. */
  private hearingTimer: NodeJS.Timeout | undefined;
  /** The connection in use has transcribed something: when it does not any more, it is dead. */
  private transcribes = false;

  constructor(private readonly options: ProviderLinkOptions) {
    const { handedOver, policy } = options;
    this.ring = new UplinkRing(policy.replayMs);
    this.state =
      handedOver === undefined
        ? newLink(Date.now(), policy.rotation)
        : handedOverLink(Date.now(), handedOver.handle, policy.rotation);
    this.isSaidAgain = handedOver?.isSaidAgain ?? false;
    this.session = this.connect(handedOver?.handle ?? '');
  }

  /** The provider's newest handle, '' before the first. */
  get handle(): string {
    return this.state.handle;
  }

  /** Nothing has been said since the handle was given. */
  get isCovered(): boolean {
    return this.isUp && this.state.resumable;
  }

  /** A connection is up and takes audio. */
  get isUp(): boolean {
    return isUp(this.state);
  }

  /** False when the provider reads too slowly and the audio was dropped. */
  sendAudio(frame: Buffer, offset: number, hasVoice: boolean): boolean {
    const connected = this.isUp;
    if (connected && hasVoice) this.repeated.voiceSent();
    this.ring.push(offset === 0 ? frame : frame.subarray(offset), hasVoice, connected);
    if (hasVoice && this.isSaidAgain) this.saidAgain();
    return connected ? this.session!.sendAudio(frame, offset) : true;
  }

  sendText(text: string): void {
    if (this.isUp) this.session!.sendText(text);
    else if (this.queuedTexts.length < MAX_QUEUED_TEXTS) this.queuedTexts.push(text);
  }

  /** Tells the model something that needs no answer. False when it takes nothing of that kind while a session runs. */
  sendNote(text: string): boolean {
    return this.isUp && this.session!.sendNote(text);
  }

  /** Dropped without a connection: the one to come won't know the call, because no handle is given while a tool runs. See Recovery. */
  sendToolResults(results: ProviderToolResult[]): void {
    if (this.isUp) this.session!.sendToolResults(results);
  }

  /** The call has come to rest: a good moment, if one is awaited. */
  quiet(): void {
    if (this.state.phase === 'leaving') this.dispatch({ type: 'quiet', at: Date.now() });
  }

  /** The model has stopped answering although its connection lives. */
  stalled(): void {
    this.dispatch({ type: 'stalled', at: Date.now() });
  }

  /** The provider has begun to answer: what was said need not be kept. */
  answered(): void {
    this.ring.answered();
  }

  /** Once a second. A connection whose network path has gone reports nothing by itself: it is only silent. */
  checkHearing(now: number, lastVoiceAt: number): void {
    const { session } = this;
    if (!session || !this.isUp || !this.transcribes) return;
    const unansweredMs = now - lastVoiceAt;
    if (session.silentForMs() < unansweredMs || unansweredMs < PROBE_AFTER_MS) return;
    if (unansweredMs < DEAF_AFTER_MS) return session.probe();
    session.close();
    this.lost({ kind: 'lost', detail: `nothing came for ${unansweredMs} ms after the caller spoke` });
  }

  close(): void {
    this.state = { ...this.state, phase: 'over' };
    clearTimeout(this.timer);
    clearTimeout(this.ageTimer);
    clearTimeout(this.hearingTimer);
    this.session?.close();
    this.session = undefined;
    this.closeNext();
    this.ring.clear();
  }

  private dispatch(event: LinkEvent): void {
    const { state, effects } = linkTransition(this.state, event);
    this.state = state;
    for (const effect of effects) this.carryOut(effect);
  }

  private carryOut(effect: LinkEffect): void {
    switch (effect.type) {
      case 'open':
        this.session = this.connect(effect.handle);
        return;
      case 'close':
        this.options.listener.dropped();
        return this.session?.close();
      case 'openNext':
        this.next = this.connect(effect.handle);
        return;
      case 'closeNext':
        return this.closeNext();
      case 'takeNext':
        return this.takeNext();
      case 'timer':
        return this.setTimer(effect.event, effect.afterMs);
      case 'clearTimer':
        return clearTimeout(this.timer);
      case 'started':
        this.startAging();
        return this.options.listener.started();
      case 'reattached':
        return this.takeUp(effect);
      case 'dropAudio':
        return this.ring.giveUp();
      case 'failed':
        return this.options.listener.failed(effect.failure);
      case 'givenUp':
        return this.options.listener.givenUp(effect.reason);
      default:
        effect satisfies never;
    }
  }

  private setTimer(type: 'deadline' | 'retry', afterMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.dispatch({ type, at: Date.now() }), afterMs);
  }

  private startAging(): void {
    clearTimeout(this.ageTimer);
    this.ageTimer = setTimeout(
      () => this.dispatch({ type: 'aged', at: Date.now() }),
      this.options.policy.rotateAfterMs,
    );
  }

  private closeNext(): void {
    this.next?.close();
    this.next = undefined;
  }

  private takeNext(): void {
    if (this.session) {
      this.options.listener.dropped();
      this.session.close();
    }
    this.session = this.next;
    this.next = undefined;
  }

  private connect(resumeHandle: string): ProviderSession {
    const { provider, setup, history, notes } = this.options;
    const [heading, more] = resumeHandle === '' ? [HISTORY_NOTE, history()] : [RESUMED_NOTE, notes()];
    const instructions = more === '' ? setup.instructions : `${setup.instructions}\n\n${heading}\n${more}`;
    const session: ProviderSession = provider.open(
      { ...setup, instructions, resumeHandle },
      this.providerListener(() => this.next !== undefined && this.next === session),
    );
    return session;
  }

  /** Bound to one connection: what an older one still says is not heard, because it has been closed. */
  private providerListener(isNext: () => boolean): ProviderListener {
    const { listener } = this.options;
    const now = () => Date.now();
    return {
      ...listener,
      audio: (frame) => listener.audio(frame),
      inputTranscript: (text) => {
        if (this.repeated.isRepetition()) return;
        this.transcribes = true;
        listener.inputTranscript(text);
      },
      interrupted: () => {
        this.ring.answering = false;
        listener.interrupted();
      },
      generationComplete: () => {
        this.ring.answering = false;
        listener.generationComplete();
      },
      turnComplete: () => {
        this.ring.answering = false;
        listener.turnComplete();
      },
      toolCalls: (calls) => {
        this.ring.answering = false;
        listener.toolCalls(calls);
      },
      ready: () => (isNext() ? this.dispatch({ type: 'nextReady', at: now() }) : this.ready()),
      resumable: (handle) => {
        this.dispatch(
          handle === undefined ? { type: 'unresumable', at: now() } : { type: 'handle', handle, at: now() },
        );
        if (handle !== undefined) listener.covered();
        if (this.options.isQuiet()) this.quiet();
      },
      goAway: (timeLeftMs) => {
        listener.goingAway(timeLeftMs);
        this.dispatch({ type: 'goAway', timeLeftMs, at: now() });
        if (this.options.isQuiet()) this.quiet();
      },
      closed: (failure) => {
        if (!isNext()) return this.lost(failure);
        this.next = undefined;
        this.dispatch({ type: 'nextClosed', at: now() });
      },
    };
  }

  /** A model that has heard nothing yet of what is said again would be asked to answer the part of it that was understood before. */
  private ready(): void {
    if (this.isSaidAgain) this.hearingTimer = setTimeout(() => this.saidAgain(), SAID_AGAIN_WITHIN_MS);
    else this.dispatch({ type: 'ready', at: Date.now() });
  }

  /** It has begun, or is not awaited any more. */
  private saidAgain(): void {
    this.isSaidAgain = false;
    const { hearingTimer } = this;
    clearTimeout(hearingTimer);
    this.hearingTimer = undefined;
    if (hearingTimer) this.ready();
  }

  private lost(failure: ProviderFailure): void {
    const { listener } = this.options;
    clearTimeout(this.hearingTimer);
    this.hearingTimer = undefined;
    this.session = undefined;
    if (this.isUp) {
      listener.connectionLost(failure);
      listener.dropped();
    }
    this.dispatch({ type: 'closed', failure, at: Date.now() });
  }

  /** Order matters: first what the model must know, then what was written meanwhile, then what was said. */
  private takeUp(effect: Extract<LinkEffect, { type: 'reattached' }>): void {
    const session = this.session!;
    const utteranceReplayed = this.ring.holdsUtterance;
    const { bufferedMs } = this.ring;
    const lostMs = this.ring.takeLostMs();
    this.transcribes = false;
    this.startAging();
    this.repeated.reattached(this.ring.holdsVoice);
    const frames = this.ring.replay();
    const waiting = this.queuedTexts;
    this.queuedTexts = [];
    const info = { ...effect, replayedMs: bufferedMs, lostMs, utteranceReplayed };
    for (const text of this.options.listener.reattached(info, waiting)) session.sendText(text);
    for (const frame of frames) session.sendAudio(frame, 0);
  }
}

const HISTORY_NOTE =
  'This conversation is already under way and goes on after a technical interruption. Do not greet again. What was said so far:';
const RESUMED_NOTE = 'About this conversation so far:';
