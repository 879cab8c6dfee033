/** Keeps one call's place in the store up to date: soon after something changed, at its end at once, never two saves at once. */
import type { CallFacts, CallProgress, CallStore } from './call-store.js';

export interface CallKeeperOptions {
  store: Pick<CallStore, 'shared' | 'save' | 'release' | 'remove'>;
  facts: CallFacts;
  fence: number;
  progress(): CallProgress;
  /** Another gateway holds the call now: this one must fall silent. */
  onFenced(): void;
  onFailure(error: unknown): void;
}

const SAVE_DELAY_MS = 30;
const RETRY_MS = 1_000;

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

  /** Lets the call go to another gateway. What is given now is what that one begins with. */
  async release(): Promise<void> {
    this.stop();
    const { store, facts, fence, progress } = this.options;
    await store.release(facts, progress(), fence).catch((error: unknown) => this.options.onFailure(error));
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
    const { store, facts, fence, progress } = this.options;
    this.timer = undefined;
    this.saving = true;
    this.dirty = false;
    this.urgent = false;
    let failed = false;
    try {
      if ((await store.save(facts, progress(), fence)) === 'fenced' && !this.stopped) this.options.onFenced();
    } catch (error) {
      this.options.onFailure(error);
      failed = true;
    }
    this.saving = false;
    if (this.stopped || !(failed || this.dirty)) return;
    if (failed) this.saveIn(RETRY_MS);
    else if (this.urgent) void this.save();
    else this.saveIn(SAVE_DELAY_MS);
  }

  private saveIn(delayMs: number): void {
    this.timer ??= setTimeout(() => void this.save(), delayMs);
  }
}
