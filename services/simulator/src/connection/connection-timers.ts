/** `setTimeout` takes no longer time than this. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The timers of a connection, all stopped at its end. They do not keep the process alive. */
export class ConnectionTimers {
  private readonly timers = new Set<NodeJS.Timeout>();

  after(ms: number, action: () => void): void {
    if (ms > MAX_TIMEOUT_MS) return;
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        action();
      },
      Math.max(0, ms),
    );
    timer.unref();
    this.timers.add(timer);
  }

  clear(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}
