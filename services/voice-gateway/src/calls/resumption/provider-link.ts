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
  linkTransition,
  newLink,
  type LinkEffect,
  type LinkEvent,
  type LinkState,
  type ReattachReason,
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
  /** Something is left to say to the provider: the returned texts are sent to it. Comes before queued audio goes out. */
  reattached(info: Reattached): string[];
  failed(failure: ProviderFailure): void;
}

export interface ProviderLinkOptions {
  provider: RealtimeProvider;
  setup: SessionSetup;
  /** The conversation so far, for a fresh session; '' when nothing has been said. */
  history(): string;
  /** No turn runs, no tool is pending, nobody speaks: a connection can be replaced unnoticed. */
  isQuiet(): boolean;
  listener: LinkListener;
  /** Given when another gateway held the call until now: its session's handle, '' if it had none. */
  handedOver?: string | undefined;
}

/** An utterance longer than this is not sent again whole. */
const RING_MS = 4_000;
const MAX_QUEUED_TEXTS = 16;

export class ProviderLink {
  private state: LinkState;
  private session: ProviderSession | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly ring = new UplinkRing(RING_MS);
  private readonly repeated = new RepeatedTranscripts();
  private queuedTexts: string[] = [];

  constructor(private readonly options: ProviderLinkOptions) {
    const { handedOver } = options;
    this.state = handedOver === undefined ? newLink(Date.now()) : handedOverLink(Date.now(), handedOver);
    this.open(handedOver ?? '');
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
    return this.state.phase === 'live' || this.state.phase === 'leaving';
  }

  /** False when the provider reads too slowly and the audio was dropped. */
  sendAudio(frame: Buffer, offset: number, hasVoice: boolean): boolean {
    const connected = this.isUp;
    if (connected && hasVoice) this.repeated.voiceSent();
    this.ring.push(offset === 0 ? frame : frame.subarray(offset), hasVoice, connected);
    return connected ? this.session!.sendAudio(frame, offset) : true;
  }

  sendText(text: string): void {
    if (this.isUp) this.session!.sendText(text);
    else if (this.queuedTexts.length < MAX_QUEUED_TEXTS) this.queuedTexts.push(text);
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

  close(): void {
    this.state = { ...this.state, phase: 'over' };
    clearTimeout(this.timer);
    this.session?.close();
    this.session = undefined;
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
        return this.open(effect.handle);
      case 'close':
        this.options.listener.dropped();
        return this.session?.close();
      case 'timer':
        return this.setTimer(effect.event, effect.afterMs);
      case 'clearTimer':
        return clearTimeout(this.timer);
      case 'started':
        return this.options.listener.started();
      case 'reattached':
        return this.takeUp(effect);
      case 'dropAudio':
        return this.ring.clear();
      case 'failed':
        return this.options.listener.failed(effect.failure);
      default:
        effect satisfies never;
    }
  }

  private setTimer(type: 'deadline' | 'retry', afterMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.dispatch({ type, at: Date.now() }), afterMs);
  }

  private open(resumeHandle: string): void {
    const { provider, setup, history } = this.options;
    const soFar = resumeHandle === '' ? history() : '';
    const instructions = soFar === '' ? setup.instructions : `${setup.instructions}\n\n${HISTORY_NOTE}\n${soFar}`;
    this.session = provider.open({ ...setup, instructions, resumeHandle }, this.providerListener());
  }

  /** Bound to one connection: what an older one still says is not heard, because it has been closed. */
  private providerListener(): ProviderListener {
    const { listener } = this.options;
    const now = () => Date.now();
    return {
      ...listener,
      audio: (frame) => listener.audio(frame),
      inputTranscript: (text) => {
        if (!this.repeated.isRepetition()) listener.inputTranscript(text);
      },
      ready: () => this.dispatch({ type: 'ready', at: now() }),
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
        this.session = undefined;
        if (this.isUp) {
          listener.connectionLost(failure);
          listener.dropped();
        }
        this.dispatch({ type: 'closed', failure, at: now() });
      },
    };
  }

  /** Order matters: first what the model must know, then what was written meanwhile, then what was said. */
  private takeUp(effect: Extract<LinkEffect, { type: 'reattached' }>): void {
    const session = this.session!;
    const utteranceReplayed = this.ring.holdsUtterance;
    const { lostMs, bufferedMs } = this.ring;
    this.repeated.reattached(this.ring.holdsVoice);
    this.ring.lostMs = 0;
    const frames = this.ring.drain();
    const texts = this.options.listener.reattached({ ...effect, replayedMs: bufferedMs, lostMs, utteranceReplayed });
    for (const text of [...texts, ...this.queuedTexts]) session.sendText(text);
    this.queuedTexts = [];
    for (const frame of frames) session.sendAudio(frame, 0);
  }
}

const HISTORY_NOTE =
  'This conversation is already under way and goes on after a technical interruption. Do not greet again. What was said so far:';
