import { OUTPUT_RATE_HZ, type SpokenPiece, type Voice } from '../speech/voice.js';

const FREQUENCY_HZ = 440;
const AMPLITUDE = 8_000;

/** A plain tone, at 24,000 Hz. */
export function beep(ms: number): Int16Array {
  const samples = new Int16Array(Math.round((ms / 1000) * OUTPUT_RATE_HZ));
  for (let n = 0; n < samples.length; n++)
    samples[n] = Math.round(AMPLITUDE * Math.sin((2 * Math.PI * FREQUENCY_HZ * n) / OUTPUT_RATE_HZ));
  return samples;
}

/** Beeps for as long as the other voice would speak, with that one's transcript. */
export class BeepVoice implements Voice {
  constructor(private readonly voice: Voice) {}

  async *speak(text: string, continues: boolean): AsyncGenerator<SpokenPiece> {
    for await (const { samples, bits } of this.voice.speak(text, continues))
      yield { samples: beep((1000 * samples.length) / OUTPUT_RATE_HZ), bits };
  }
}
