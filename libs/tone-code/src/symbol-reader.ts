import { SYMBOL_MS, TONES_PER_GROUP, maskByte, toneHz } from './packet-format.js';
import { symbolEnvelopeAt } from './waveform.js';

/** Finds the loudest tone of each group in a symbol's 10 ms and gives the byte they stand for. */
export class SymbolReader {
  readonly symbolSamples: number;
  private readonly tones: { cosine: Float32Array; sine: Float32Array }[];

  constructor(sampleRateHz: number) {
    this.symbolSamples = Math.floor((SYMBOL_MS / 1000) * sampleRateHz);
    this.tones = Array.from({ length: 2 * TONES_PER_GROUP }, (_, tone) => {
      const step = (2 * Math.PI * toneHz(tone)) / sampleRateHz;
      const at = (n: number, part: (angle: number) => number) => symbolEnvelopeAt(n / sampleRateHz) * part(step * n);
      return {
        cosine: Float32Array.from({ length: this.symbolSamples }, (_unused, n) => at(n, Math.cos)),
        sine: Float32Array.from({ length: this.symbolSamples }, (_unused, n) => at(n, Math.sin)),
      };
    });
  }

  /** The byte of the symbol that begins at `from`; `place` is its number in the packet. */
  read(samples: Float32Array, from: number, place: number): number {
    const low = this.loudest(samples, from, 0);
    const high = this.loudest(samples, from, TONES_PER_GROUP);
    return maskByte(low | (high << 4), place);
  }

  private loudest(samples: Float32Array, from: number, firstTone: number): number {
    let best = 0;
    let bestPower = -1;
    for (let tone = 0; tone < TONES_PER_GROUP; tone++) {
      const { cosine, sine } = this.tones[firstTone + tone] as { cosine: Float32Array; sine: Float32Array };
      let real = 0;
      let imaginary = 0;
      for (let n = 0; n < this.symbolSamples; n++) {
        const sample = samples[from + n] as number;
        real += sample * (cosine[n] as number);
        imaginary += sample * (sine[n] as number);
      }
      const power = real * real + imaginary * imaginary;
      if (power > bestPower) {
        bestPower = power;
        best = tone;
      }
    }
    return best;
  }
}
