/**
 * When a store that has been away may be believed again. A lease that has run out says that its holder is dead only if the holder could
 * have renewed it: after an outage, all of them look dead until they have had the time to say otherwise.
 */
const SETTLE_MS = 3_000;

export class StoreTrust {
  /** Undefined while the store is away, as far as is known. */
  private answeringSince: number | undefined;

  constructor(private readonly now: () => number = () => performance.now()) {}

  answered(): void {
    this.answeringSince ??= this.now();
  }

  failed(): void {
    this.answeringSince = undefined;
  }

  /** The store has answered for so long that every living holder has renewed its leases. */
  get isSettled(): boolean {
    return this.answeringSince !== undefined && this.now() - this.answeringSince >= SETTLE_MS;
  }
}
