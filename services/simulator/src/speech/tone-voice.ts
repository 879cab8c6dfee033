import { encodeWords } from '@orbisvoice/tone-code/encode';
import { OUTPUT_RATE_HZ, type SpokenPiece, type Voice } from './voice.js';

/** Makes the pace about that of speech, so that an interruption falls between words as it does in life. */
const GAP_MS = 120;

/** Replies in tone code, so that the receiving end can be checked word for word. */
export class ToneVoice implements Voice {
  /** Numbers run through a turn, so a listener sees a lost word also between two sentences. */
  private nextIndex = 0;

  async *speak(text: string, continues: boolean): AsyncGenerator<SpokenPiece> {
    const firstIndex = continues ? this.nextIndex : 0;
    const words = encodeWords(text, { sampleRateHz: OUTPUT_RATE_HZ, gapMs: GAP_MS, firstIndex });
    this.nextIndex = words.at(-1)?.nextIndex ?? firstIndex;
    let first = !continues;
    for (const word of words) {
      yield { samples: word.samples, bits: [{ atSample: 0, text: first ? word.text : ` ${word.text}` }] };
      first = false;
    }
  }
}
