import { StreamResampler } from './stream-resampler.js';

/** A resampler for a consumer that asks: gives exactly as many samples as wanted and reads no more input than they need. */
export class PullResampler {
  readonly #resampler: StreamResampler;
  readonly #read: (target: Float32Array) => void;
  #input = new Float32Array(512);
  #output = new Float32Array(1024);
  /** Samples at the start of `#output` that came with the last ones and were not wanted yet. */
  #left = 0;

  /** `read` fills its whole target with the next input samples. */
  constructor(inputRateHz: number, outputRateHz: number, read: (target: Float32Array) => void) {
    this.#resampler = new StreamResampler(inputRateHz, outputRateHz);
    this.#read = read;
  }

  pull(target: Float32Array): void {
    const missing = target.length - this.#left;
    if (missing > 0) this.#produce(missing);
    target.set(this.#output.subarray(0, target.length));
    this.#output.copyWithin(0, target.length, this.#left);
    this.#left -= target.length;
  }

  #produce(missing: number): void {
    const needed = this.#resampler.inputsFor(missing);
    if (needed > this.#input.length) this.#input = new Float32Array(needed);
    const input = this.#input.subarray(0, needed);
    this.#read(input);
    const produced = this.#resampler.outputsFor(needed);
    if (this.#left + produced > this.#output.length) {
      const grown = new Float32Array(this.#left + produced);
      grown.set(this.#output.subarray(0, this.#left));
      this.#output = grown;
    }
    this.#left += this.#resampler.process(input, this.#output.subarray(this.#left));
  }
}
