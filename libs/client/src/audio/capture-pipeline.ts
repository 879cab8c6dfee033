import { toPcm } from './pcm.js';
import { StreamResampler } from './stream-resampler.js';

/** From a device's samples to frames of 16-bit samples at another rate: what the capture worklet does, without a worklet. */
export class CapturePipeline {
  readonly #resampler: StreamResampler;
  readonly #frameSamples: number;
  #resampled = new Float32Array(512);
  #frame: Int16Array<ArrayBuffer>;
  #filled = 0;

  /** Rates in Hz; frames of `frameMs`. */
  constructor(inputRateHz: number, outputRateHz: number, frameMs: number) {
    this.#resampler = new StreamResampler(inputRateHz, outputRateHz);
    this.#frameSamples = Math.round((outputRateHz / 1000) * frameMs);
    this.#frame = new Int16Array(this.#frameSamples);
  }

  /** Takes a block of any length and hands out each frame that is full. The receiver owns it. */
  push(input: Float32Array, deliver: (frame: Int16Array<ArrayBuffer>) => void): void {
    const expected = this.#resampler.outputsFor(input.length);
    if (expected > this.#resampled.length) this.#resampled = new Float32Array(expected);
    const count = this.#resampler.process(input, this.#resampled);
    for (let taken = 0; taken < count;) {
      const take = Math.min(count - taken, this.#frameSamples - this.#filled);
      toPcm(this.#resampled.subarray(taken), take, this.#frame, this.#filled);
      taken += take;
      this.#filled += take;
      if (this.#filled < this.#frameSamples) continue;
      const full = this.#frame;
      this.#frame = new Int16Array(this.#frameSamples);
      this.#filled = 0;
      deliver(full);
    }
  }
}
