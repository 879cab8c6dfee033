/** How much a caller may write in a call, over however many connections. A text that is refused is told, and neither stored nor answered. */
import { MAX_UNACKNOWLEDGED_TEXTS } from '@orbisvoice/client/protocol/constants';
import { TokenBucket, type Allowance } from '../token-bucket.js';
import { MAX_HELD_TEXTS } from './rules/caller-turns.js';

/** What a client keeps for a reconnect comes at once. */
export const TEXTS: Allowance = { perSecond: 1, atOnce: MAX_UNACKNOWLEDGED_TEXTS };
export const CHARACTERS: Allowance = { perSecond: 1_000, atOnce: 128_000 };

const RULE = `At most ${TEXTS.atOnce} texts of ${CHARACTERS.atOnce} characters in all are taken at once, and then ${TEXTS.perSecond} text and ${CHARACTERS.perSecond} characters a second.`;
const HELD = `At most ${MAX_HELD_TEXTS} texts wait for the end of a turn that they interrupt.`;
const AGAIN = 'This text was not taken: send it again in a few seconds.';

export class WrittenTexts {
  private readonly texts: TokenBucket;
  private readonly characters: TokenBucket;

  constructor(now: number) {
    this.texts = new TokenBucket(TEXTS, now);
    this.characters = new TokenBucket(CHARACTERS, now);
  }

  /** Undefined: it is taken. Otherwise what the client is told. `held`: how many wait already. */
  refusal(text: string, held: number, now: number): string | undefined {
    if (held >= MAX_HELD_TEXTS) return `${HELD} ${AGAIN}`;
    const taken = this.texts.has(1, now) && this.characters.take(text.length, now) && this.texts.take(1, now);
    return taken ? undefined : `${RULE} ${AGAIN}`;
  }
}
