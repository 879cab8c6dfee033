/**
 * How much a connection may send beside audio, whatever it is: messages that are read or not, positions, pings. What is beyond is not
 * read, and told, once a second at most; who does not stop is closed. Texts have limits of their own in a call (written-texts.ts).
 */
import { MAX_MESSAGE_BYTES, MAX_UNACKNOWLEDGED_TEXTS } from '@orbisvoice/client/protocol/constants';
import { TokenBucket, type Allowance } from '../token-bucket.js';

/** What a client keeps for a reconnect comes at once: texts and results, of the largest size each, and positions. */
export const MESSAGES: Allowance = { perSecond: 200, atOnce: 4_000 };
export const MESSAGE_BYTES: Allowance = {
  perSecond: MAX_MESSAGE_BYTES,
  atOnce: 2 * MAX_UNACKNOWLEDGED_TEXTS * MAX_MESSAGE_BYTES,
};
/** Four a second are asked for; clients that report every frame they play, or get, are borne. */
export const POSITIONS: Allowance = { perSecond: 100, atOnce: 2_000 };
/** Pings and pongs of WebSocket. */
export const PINGS: Allowance = { perSecond: 5, atOnce: 50 };
/** That many refused ones on a connection are its last. */
export const MAX_REFUSED = 1_000;

const TELL_INTERVAL_MS = 1_000;

export type Budget = 'message' | 'position' | 'ping';

const HOW_MUCH: Record<Budget, string> = {
  message: `${MESSAGES.perSecond} messages and ${MESSAGE_BYTES.perSecond / 1024} KiB of them a second, ${MESSAGES.atOnce} and ${MESSAGE_BYTES.atOnce / 1024} KiB at once`,
  position: `${POSITIONS.perSecond} playback positions a second, ${POSITIONS.atOnce} at once`,
  ping: `${PINGS.perSecond} WebSocket pings and pongs a second, ${PINGS.atOnce} at once`,
};

export class MessageBudgets {
  private readonly messages: TokenBucket;
  private readonly bytes: TokenBucket;
  private readonly positions: TokenBucket;
  private readonly pings: TokenBucket;
  private readonly toldAt = new Map<Budget, number>();
  private refused = 0;

  constructor(now: number) {
    this.messages = new TokenBucket(MESSAGES, now);
    this.bytes = new TokenBucket(MESSAGE_BYTES, now);
    this.positions = new TokenBucket(POSITIONS, now);
    this.pings = new TokenBucket(PINGS, now);
  }

  /** Before it is read. */
  takeMessage(messageBytes: number, now: number): boolean {
    return this.messages.has(1, now) && this.bytes.take(messageBytes, now) && this.messages.take(1, now);
  }

  takePosition(now: number): boolean {
    return this.positions.take(1, now);
  }

  takePing(now: number): boolean {
    return this.pings.take(1, now);
  }

  /** One was beyond its budget. The sentence to tell, if it is time to, and whether it was the last that is borne. */
  exceeded(budget: Budget, now: number): { sentence: string | undefined; isLast: boolean } {
    this.refused += 1;
    const isLast = this.refused >= MAX_REFUSED;
    const isTold = !isLast && now - (this.toldAt.get(budget) ?? -Infinity) < TELL_INTERVAL_MS;
    if (isTold) return { sentence: undefined, isLast };
    this.toldAt.set(budget, now);
    const rule = `At most ${HOW_MUCH[budget]} are taken, and what is beyond is dropped.`;
    const then = isLast ? `${MAX_REFUSED} were too many.` : 'Send slower, and send again what you got no answer to.';
    return { sentence: `${rule} ${then}`, isLast };
  }
}
