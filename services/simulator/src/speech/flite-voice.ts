import type { FliteSynthesizer, FliteVoiceName } from './flite-synthesizer.js';
import { splitSentences } from './sentences.js';
import { upsample16kTo24k } from './upsample.js';
import { OUTPUT_RATE_HZ, type SpokenPiece, type Voice } from './voice.js';

/** Gemini's lower voices; all others, and the default, are answered by the clearest one. */
const LOW_VOICES = new Set(['Puck', 'Charon', 'Fenrir', 'Orus', 'Iapetus', 'Algenib', 'Enceladus', 'Umbriel']);

export function fliteVoiceName(voiceName: string | undefined): FliteVoiceName {
  return LOW_VOICES.has(voiceName ?? '') ? 'rms' : 'slt';
}

/** Speech that people understand, sentence by sentence. */
export class FliteVoice implements Voice {
  constructor(
    private readonly synthesizer: FliteSynthesizer,
    private readonly voice: FliteVoiceName,
  ) {}

  async *speak(text: string, continues: boolean): AsyncGenerator<SpokenPiece> {
    let first = !continues;
    for (const sentence of splitSentences(text)) {
      const samples = await this.synthesize(sentence);
      yield { samples, bits: placeWords(sentence, samples.length, first) };
      first = false;
    }
  }

  private async synthesize(sentence: string): Promise<Int16Array> {
    try {
      return upsample16kTo24k(await this.synthesizer.synthesize(sentence, this.voice));
    } catch {
      // Text that Flite can't speak (another script, say) is silence of a fitting length: the transcript still comes.
      return new Int16Array(Math.min(20, sentence.length / 15) * OUTPUT_RATE_HZ);
    }
  }
}

/** Flite doesn't say when each word begins; words of a sentence take about as long as they are written. */
function placeWords(sentence: string, samples: number, first: boolean): SpokenPiece['bits'] {
  let before = 0;
  return sentence.split(' ').map((word, n) => {
    const atSample = Math.floor((before / sentence.length) * samples);
    before += word.length + 1;
    return { atSample, text: n === 0 && first ? word : ` ${word}` };
  });
}
