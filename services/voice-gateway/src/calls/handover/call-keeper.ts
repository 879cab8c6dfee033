/** Keeps one call's place in the store up to date: soon after something changed, never two saves at once. */
import type { CallFacts, CallProgress, CallStore } from './call-store.js';

export interface CallKeeperOptions {
  store: CallStore;
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
  private stopped = false;

  constructor(private readonly options: CallKeeperOptions) {}

  get fence(): number {
    return this.options.fence;
  }

  /** Something that the next holder must know has changed. */
  touch(): void {
    if (!this.options.store.shared || this.stopped) return;
    this.dirty = true;
    if (!this.saving) this.timer ??= setTimeout(() => void this.save(), SAVE_DELAY_MS);
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
    let delayMs = SAVE_DELAY_MS;
    try {
      if ((await store.save(facts, progress(), fence)) === 'fenced' && !this.stopped) this.options.onFenced();
    } catch (error) {
      this.options.onFailure(error);
      this.dirty = true;
      delayMs = RETRY_MS;
    }
    this.saving = false;
    if (this.dirty && !this.stopped) this.timer ??= setTimeout(() => void this.save(), delayMs);
  }
}
