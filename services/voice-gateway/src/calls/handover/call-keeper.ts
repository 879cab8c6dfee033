/** Keeps one call's place in the store up to date: soon after something changed, at its end at once, never two saves at once. */
import type { CallFacts, CallProgress, CallStore, SaveResult } from './call-store.js';

export interface CallKeeperOptions {
  store: Pick<CallStore, 'shared' | 'save' | 'release' | 'remove'>;
  facts: CallFacts;
  fence: number;
  progress(): CallProgress;
  /** Another gateway waits for the call. */
  onWanted(): void;
  /** Another gateway holds the call now: this one must fall silent. */
  onFenced(): void;
  /** It has taken the call before this one let it go. */
  onTaken(): void;
  onFailure(error: unknown): void;
}

const SAVE_DELAY_MS = 30;
const RETRY_MS = 1_000;
/** A store that took the call a moment ago and does not take its release is asked again this often. */
const RELEASE_ATTEMPTS = 6;

export class CallKeeper {
  private timer: NodeJS.Timeout | undefined;
  private saving = false;
  private dirty = false;
  private urgent = false;
  private stopped = false;

  constructor(private readonly options: CallKeeperOptions) {}

  get fence(): number {
    return this.options.fence;
  }

  /** Something that the next holder must know has changed. */
  touch(): void {
    if (!this.options.store.shared || this.stopped) return;
    this.dirty = true;
    if (!this.saving) this.saveIn(SAVE_DELAY_MS);
  }

  /** As `touch`, for what nobody tells a second time: it is on its way to the store before anything else happens. */
  saveNow(): void {
    if (!this.options.store.shared || this.stopped) return;
    this.dirty = true;
    this.urgent = true;
    if (this.saving) return; // the save that is under way is followed by another one at once
    clearTimeout(this.timer);
    void this.save();
  }

  /** The store is there again: what it did not take is offered at once. */
  offerAgain(): void {
    if (!this.timer) return;
    clearTimeout(this.timer);
    void this.save();
  }

  /** Does it once the store has all of the call as it is now, at once where there is none; never if the store does not take it. */
  onceKept(then: () => void): void {
    this.oncePut(isSaved, then);
  }

  /** Does it once the store has been offered the call as it is now, and took it, or is away: then nobody can take the call up from there. */
  onceOffered(then: () => void): void {
    this.oncePut((result) => result !== 'fenced', then);
  }

  /** The store has all of the call as it is now, so another gateway can have it. */
  async isKept(): Promise<boolean> {
    return isSaved(await this.put());
  }

  private oncePut(isWellWith: (result: SaveResult | undefined) => boolean, then: () => void): void {
    if (!this.options.store.shared) return then();
    // Not before the call has carried out all that belongs to this change.
    queueMicrotask(() => void this.put().then((result) => isWellWith(result) && then()));
  }

  private async put(): Promise<SaveResult | undefined> {
    const { store, facts, fence, progress, onFenced, onFailure } = this.options;
    try {
      const result = await store.save(facts, progress(), fence);
      if (result === 'fenced' && !this.stopped) onFenced();
      return result;
    } catch (error) {
      onFailure(error);
      return undefined;
    }
  }

  /**
   * Lets the call go to another gateway. What it is now is what that one begins with, unless it has begun already. False when the store
   * did not take it.
   */
  async release(): Promise<boolean> {
    this.stop();
    const { store, facts, fence, onTaken, onFailure } = this.options;
    const progress = this.options.progress();
    for (let attempt = 1; attempt <= RELEASE_ATTEMPTS; attempt++) {
      try {
        if (!(await store.release(facts, progress, fence))) onTaken();
        return true;
      } catch (error) {
        onFailure(error);
      }
      if (attempt < RELEASE_ATTEMPTS) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    return false;
  }

  /** The call has ended and everything of it is stored. */
  async remove(): Promise<void> {
    this.stop();
    const { store, facts, fence } = this.options;
    await store.remove(facts, fence).catch((error: unknown) => this.options.onFailure(error));
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async save(): Promise<void> {
    this.timer = undefined;
    this.saving = true;
    this.dirty = false;
    this.urgent = false;
    const result = await this.put();
    if (result === 'wanted' && !this.stopped) this.options.onWanted();
    this.saving = false;
    if (this.stopped || (result !== undefined && !this.dirty)) return;
    if (result === undefined) this.saveIn(RETRY_MS);
    else if (this.urgent) void this.save();
    else this.saveIn(SAVE_DELAY_MS);
  }

  private saveIn(delayMs: number): void {
    this.timer ??= setTimeout(() => void this.save(), delayMs);
  }
}

function isSaved(result: SaveResult | undefined): boolean {
  return result === 'saved' || result === 'wanted';
}
