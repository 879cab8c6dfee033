import type { DecodedWord } from './tone-decoder.js';

export const INAUDIBLE = '[inaudible]';
/** A jump in the numbers says how many words are missing, but a damaged stream should not fill a transcript. */
const MAX_MARKS_PER_GAP = 8;

/**
 * Turns decoded words into a transcript: a mark for each word that is damaged, missing or out of place, else exactly
 * the words that were encoded.
 */
export class WordTranscriber {
  private expectedIndex: number | undefined;
  private insideWord = false;
  private empty = true;
  /** Damaged words without a number since the last numbered one: a later jump must not count them again. */
  private unnumbered = 0;

  /** @param joinsMidway The stream may begin in the middle of an utterance, and nothing is missing before that. */
  constructor(options: { joinsMidway?: boolean } = {}) {
    this.expectedIndex = options.joinsMidway ? undefined : 0;
  }

  /** The text to append to the transcript for this word, with the space before it. */
  add(word: DecodedWord): string {
    if (word.index === null) {
      this.unnumbered++;
      return this.mark(1);
    }
    const missing = this.countMissing(word.index);
    const marks = this.mark(Math.min(missing, MAX_MARKS_PER_GAP));
    this.unnumbered = 0;
    this.expectedIndex = !word.damaged && word.last ? 0 : (word.index + 1) & 0xff;
    if (word.damaged) return marks + this.mark(1);
    const text = this.separator() + word.text;
    this.insideWord = word.continues;
    this.empty = false;
    return marks + text;
  }

  /** The last word that came ends its utterance, as far as is known. */
  get complete(): boolean {
    return !this.empty && this.expectedIndex === 0 && this.unnumbered === 0;
  }

  /** The speaker is done: a mark if the utterance's last word never came, and a new transcript begins. */
  endTurn(): string {
    const unfinished = !this.empty && this.expectedIndex !== 0 && this.unnumbered === 0;
    const marks = this.mark(unfinished ? 1 : 0);
    this.empty = true;
    this.insideWord = false;
    this.expectedIndex = 0;
    this.unnumbered = 0;
    return marks;
  }

  private countMissing(index: number): number {
    if (this.expectedIndex === undefined || index === this.expectedIndex) return 0;
    const jump = (index - this.expectedIndex) & 0xff;
    // A sender that was cut off begins anew, and numbers that go back mean repeated audio: how much is missing is unknown.
    if (index === 0 || jump > 127) return this.expectedIndex === 0 || this.unnumbered > 0 ? 0 : 1;
    return Math.max(0, jump - this.unnumbered);
  }

  private mark(count: number): string {
    let text = '';
    for (let n = 0; n < count; n++) {
      this.insideWord = false;
      text += this.separator() + INAUDIBLE;
      this.empty = false;
    }
    return text;
  }

  private separator(): string {
    return this.empty || this.insideWord ? '' : ' ';
  }
}

/** The transcript of one utterance. */
export function transcribeWords(words: DecodedWord[]): string {
  const transcriber = new WordTranscriber();
  return words.map((word) => transcriber.add(word)).join('') + transcriber.endTurn();
}
