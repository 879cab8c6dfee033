/** So much a second for as long as one likes and, at once, what was not used before, up to a limit. */
export interface Allowance {
  readonly perSecond: number;
  readonly atOnce: number;
}

export class TokenBucket {
  private left: number;

  /** Times are of any clock in ms that does not go back. */
  constructor(
    private readonly allowance: Allowance,
    private at: number,
  ) {
    this.left = allowance.atOnce;
  }

  has(amount: number, now: number): boolean {
    const { perSecond, atOnce } = this.allowance;
    this.left = Math.min(atOnce, this.left + ((now - this.at) * perSecond) / 1000);
    this.at = now;
    return amount <= this.left;
  }

  /** False: it is too much, and costs nothing. */
  take(amount: number, now: number): boolean {
    if (!this.has(amount, now)) return false;
    this.left -= amount;
    return true;
  }
}
