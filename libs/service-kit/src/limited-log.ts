/** A log for what strangers can make happen: the first lines of a kind are written, of a flood only how many there were. */
import type { Logger } from 'pino';

const BURST = 10;
const REFILL_MS = 1_000;
/** What was left out is told at the latest after this time. */
const SUMMARY_MS = 10_000;

interface Kind {
  tokens: number;
  at: number;
  leftOut: number;
  summary: NodeJS.Timeout | undefined;
}

export class LimitedLog {
  private readonly kinds = new Map<string, Kind>();

  constructor(
    private readonly log: Pick<Logger, 'info'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** `kind` is one of few. Ten lines of a kind at once, then one a second. */
  info(kind: string, fields: object, message: string): void {
    const state = this.kinds.get(kind) ?? { tokens: BURST, at: this.now(), leftOut: 0, summary: undefined };
    this.kinds.set(kind, state);
    const now = this.now();
    state.tokens = Math.min(BURST, state.tokens + (now - state.at) / REFILL_MS);
    state.at = now;
    if (state.tokens >= 1) {
      state.tokens -= 1;
      this.log.info(fields, message);
      return;
    }
    state.leftOut += 1;
    state.summary ??= setTimeout(() => this.summarize(kind, state, message), SUMMARY_MS).unref();
  }

  private summarize(kind: string, state: Kind, message: string): void {
    state.summary = undefined;
    this.log.info({ kind, leftOut: state.leftOut, seconds: SUMMARY_MS / 1000 }, `${message}: more that have no line`);
    state.leftOut = 0;
  }
}
