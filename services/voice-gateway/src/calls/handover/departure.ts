/**
 * How a call leaves this gateway. Its client is asked to go at a good moment, and goes on over this connection while it makes another
 * one. Once the gateway there asks for the call, the next good moment is awaited, and the call is let go when the store has all of it.
 * While that is not sure, what happens to the call is held back, in order: it is the next holder's, or happens here after all.
 */
import type { CallState } from '../call-state.js';
import type { Journal } from '../journal.js';
import type { CallKeeper } from './call-keeper.js';
import { MoveRequest, type CallMoment } from './move-request.js';

/** After call.move a client gets no more time than this to be elsewhere: for its way, and for what is being said. */
export const MAX_GO_MS = 8_000;
/** The same without a client: for one that is just coming back. */
const GO_ALONE_MS = 1_000;
/** For the next good moment, when the store did not take the call. */
const ASK_AGAIN_MS = 2_000;
/** How often a call that is wanted looks for a good moment, and how often it tells that it still does. */
const POLL_MS = 50;
const POLLS_PER_SAVE = 10;
/** For events of a call that could not be handed over after all. */
const UNRELEASED_FLUSH_MS = 5_000;

/** What a departure needs of its call. */
export interface DepartingCall {
  phase(): CallState['phase'];
  moment(): CallMoment;
  hasClient(): boolean;
  /** Tells the client to come back, elsewhere. */
  sendAway(withinMs: number): void;
  /** The connection to the model will not be used any more. */
  lineLost(): void;
  fallSilent(): void;
  leave(): void;
}

export class Departure {
  private move: MoveRequest | undefined;
  /** The client has been asked to go, and until when to await a good moment for it. */
  private sentAway: MoveRequest | undefined;
  private goMs = MAX_GO_MS;
  private goTimer: NodeJS.Timeout | undefined;
  private pollTimer: NodeJS.Timeout | undefined;
  private polls = 0;
  private releasing: Promise<boolean> | undefined;
  private held: (() => void)[] | undefined;

  constructor(
    private readonly call: DepartingCall,
    private readonly keeper: Pick<CallKeeper, 'isKept' | 'release' | 'saveNow'>,
    private readonly journal: Pick<Journal, 'flush'>,
  ) {}

  /** Asks the client to go on over another gateway: at a quiet moment, or when twice that time is up. It goes within `goMs`. */
  request(withinMs: number, goMs: number): void {
    this.goMs = Math.min(goMs, MAX_GO_MS);
    this.move ??= new MoveRequest(Date.now(), withinMs);
    this.goIfDue(Date.now());
  }

  goIfDue(now: number): void {
    if (!this.move || this.call.phase() !== 'live' || !this.move.isDue(now, this.call.moment())) return;
    this.move = undefined;
    const { leftMs } = this;
    this.sentAway = new MoveRequest(now, leftMs / 2);
    this.call.sendAway(leftMs);
    this.goIn(leftMs);
  }

  private get leftMs(): number {
    return this.call.hasClient() ? this.goMs : Math.min(this.goMs, GO_ALONE_MS);
  }

  /** A client that does not know call.move is told by the close code. */
  private goIn(ms: number): void {
    clearTimeout(this.goTimer);
    this.goTimer = setTimeout(() => void this.goOrAskAgain(), ms).unref();
  }

  private async goOrAskAgain(): Promise<void> {
    this.sentAway = undefined;
    if (!(await this.release())) this.request(ASK_AGAIN_MS, this.goMs);
  }

  /** Another gateway asks for the call. A client that still talks to this one loses nothing by waiting for the end of the sentence. */
  async wanted(): Promise<void> {
    if (this.pollTimer) return;
    if (!this.sentAway || !this.call.hasClient()) {
      await this.release();
      return;
    }
    this.keeper.saveNow(); // which tells the other gateway that it has been heard
    this.polls = 0;
    this.pollTimer = setInterval(() => void this.goIfWanted(), POLL_MS);
  }

  /** A client's connection is gone. If there is no other one, nothing is worth waiting for any more. */
  async clientGone(): Promise<void> {
    if (this.call.hasClient()) return;
    if (this.pollTimer) await this.release();
    else if (this.sentAway) this.goIn(this.leftMs);
  }

  private async goIfWanted(): Promise<void> {
    if (this.hasEnded()) return this.stopPolling();
    if (++this.polls % POLLS_PER_SAVE === 0) this.keeper.saveNow();
    const goes = !this.sentAway || !this.call.hasClient() || this.sentAway.isDue(Date.now(), this.call.moment());
    // It stays for now: whoever still wants it will ask again.
    if (goes && !(await this.release())) this.stopPolling();
  }

  private stopPolling(): void {
    clearInterval(this.pollTimer);
    this.pollTimer = undefined;
  }

  /** It is not known yet whether the call goes. */
  get isUnsure(): boolean {
    return this.held !== undefined;
  }

  holdBack(happen: () => void): void {
    this.held?.push(happen);
  }

  /** The call stays, for now: what was held back happens. */
  stay(): void {
    const { held } = this;
    this.held = undefined;
    for (const happen of held ?? []) happen();
  }

  /** Lets the call go. False when the store does not answer: then it stays, since what nobody can take up would be lost. */
  async release(): Promise<boolean> {
    this.releasing ??= this.handOver().finally(() => (this.releasing = undefined));
    return await this.releasing;
  }

  private async handOver(): Promise<boolean> {
    if (this.hasEnded()) return true;
    this.held = [];
    const kept = await this.keeper.isKept();
    if (this.hasEnded()) return true;
    if (!kept) {
      this.stay();
      return false;
    }
    this.held = undefined;
    clearTimeout(this.goTimer);
    this.stopPolling();
    this.call.lineLost();
    const released = this.keeper.release();
    this.call.fallSilent();
    // What is released has all events that are not stored yet. Without it they have to be stored from here.
    if (!(await released)) await this.journal.flush(UNRELEASED_FLUSH_MS);
    this.call.leave();
    return true;
  }

  private hasEnded(): boolean {
    return this.call.phase() === 'ended';
  }
}
