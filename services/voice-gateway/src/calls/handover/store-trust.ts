/**
 * When a store that has been away may be believed again. A lease that has run out says that its holder is dead only if the holder could
 * have renewed it: after an outage, all of them look dead until they have had the time to say otherwise. The same goes for what is kept
 * of their calls.
 */
const SETTLE_MS = 3_000;
/** Holders offer what was not taken as soon as they are connected again, and they try that more often than once in this time. */
const LAG_MS = 1_000;

export class StoreTrust {
  /** Undefined while the store is away, as far as is known. */
  private answeringSince: number | undefined;
  private wasAway = false;

  constructor(private readonly now: () => number = () => performance.now()) {}

  answered(): void {
    this.answeringSince ??= this.now();
  }

  failed(): void {
    this.answeringSince = undefined;
    this.wasAway = true;
  }

  /** The store has answered for so long that every living holder has renewed its leases. */
  get isSettled(): boolean {
    return this.answeringMs >= SETTLE_MS;
  }

  /** The store was away, and not every living holder has had the time to save again what changed meanwhile. */
  get mayLag(): boolean {
    return this.wasAway && this.answeringMs < LAG_MS;
  }

  private get answeringMs(): number {
    return this.answeringSince === undefined ? -1 : this.now() - this.answeringSince;
  }
}
