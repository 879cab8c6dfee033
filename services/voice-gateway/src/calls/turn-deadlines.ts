/** One timer per turn; a later one replaces the one before. */
export class TurnDeadlines {
  private readonly timers = new Map<number, NodeJS.Timeout>();

  constructor(private readonly onDeadline: (turn: number) => void) {}

  set(turn: number, afterMs: number): void {
    clearTimeout(this.timers.get(turn));
    const timer = setTimeout(() => {
      this.timers.delete(turn);
      this.onDeadline(turn);
    }, afterMs);
    this.timers.set(turn, timer);
  }

  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
