const BLOCK_MS = 5;
/** -50 dB of full scale. Tone-coded words are near -12 dB. */
const OPEN_POWER = 1e-5;

/** Tells sound from silence in blocks of 5 ms, so that the decoder searches only where there is something. */
export class ActivityGate {
  readonly blockSamples: number;

  constructor(sampleRateHz: number) {
    this.blockSamples = Math.round((BLOCK_MS / 1000) * sampleRateHz);
  }

  /** Whether the block that begins at `from` holds sound. */
  isOpen(samples: Float32Array, from: number): boolean {
    let power = 0;
    for (let n = from; n < from + this.blockSamples; n++) power += (samples[n] as number) ** 2;
    return power > OPEN_POWER * this.blockSamples;
  }
}
