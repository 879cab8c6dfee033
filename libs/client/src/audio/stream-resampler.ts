/** Zero crossings of the sinc on each side, at the lower of the two rates. */
const ZERO_CROSSINGS = 32;
/** Shape of the Kaiser window for 80 dB of attenuation, and the width of its transition band in units of 1/taps. */
const KAISER_BETA = 7.857;
const TRANSITION = 5.02;
/** Input is worked on in slices of this many samples, so that the history stays small. */
const SLICE_SAMPLES = 256;

/**
 * Changes the sample rate of a stream, block by block, with no seam between blocks and no drift: positions are counted in
 * whole numbers. A polyphase filter of windowed sincs (J. O. Smith, "Digital Audio Resampling") keeps what the lower rate
 * can carry and takes away the rest by 80 dB. After N input samples exactly ceil(N * output rate / input rate) have come
 * out; what comes out is late by half the filter, 1 to 2 ms.
 */
export class StreamResampler {
  /** Output samples per `#down` input samples. */
  readonly #up: number;
  readonly #down: number;
  readonly #taps: number;
  /** For each of the `#up` positions between two input samples the filter's taps, oldest sample first. */
  readonly #coefficients: Float32Array;
  readonly #window: Float32Array;
  /** Where the next output lies after the next input sample, in 1/up of an input sample. */
  #due = 0;

  /** Rates in Hz, whole numbers. */
  constructor(inputRateHz: number, outputRateHz: number) {
    if (!isRate(inputRateHz) || !isRate(outputRateHz)) {
      throw new RangeError(`Cannot resample from ${inputRateHz} to ${outputRateHz} Hz.`);
    }
    const divisor = greatestCommonDivisor(inputRateHz, outputRateHz);
    this.#up = outputRateHz / divisor;
    this.#down = inputRateHz / divisor;
    const ratio = Math.max(1, inputRateHz / outputRateHz);
    this.#taps = this.#up === this.#down ? 1 : 2 * Math.ceil(ZERO_CROSSINGS * ratio);
    this.#coefficients = this.#up === this.#down ? Float32Array.of(1) : filter(this.#up, this.#taps, ratio);
    this.#window = new Float32Array(this.#taps - 1 + SLICE_SAMPLES);
  }

  /** How many samples the next `inputCount` will give. */
  outputsFor(inputCount: number): number {
    return Math.max(0, Math.ceil((inputCount * this.#up - this.#due) / this.#down));
  }

  /** How many input samples it takes for the next `outputCount` (at least 1) to come; a few more may come with them. */
  inputsFor(outputCount: number): number {
    return Math.floor((this.#due + (outputCount - 1) * this.#down) / this.#up) + 1;
  }

  /** Takes all of `input`, writes to the start of `output`, and returns how many samples it wrote. */
  process(input: Float32Array, output: Float32Array): number {
    let written = 0;
    for (let start = 0; start < input.length; start += SLICE_SAMPLES) {
      written = this.#slice(input.subarray(start, start + SLICE_SAMPLES), output, written);
    }
    return written;
  }

  #slice(input: Float32Array, output: Float32Array, start: number): number {
    const window = this.#window;
    const coefficients = this.#coefficients;
    const taps = this.#taps;
    const up = this.#up;
    let written = start;
    window.set(input, taps - 1);
    let due = this.#due;
    for (const end = input.length * up; due < end; due += this.#down) {
      const from = Math.floor(due / up);
      const phase = (due - from * up) * taps;
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) sum += window[from + tap]! * coefficients[phase + tap]!;
      output[written++] = sum;
    }
    this.#due = due - input.length * up;
    window.copyWithin(0, input.length, input.length + taps - 1);
    return written;
  }
}

function filter(up: number, taps: number, ratio: number): Float32Array {
  const coefficients = new Float32Array(up * taps);
  const half = taps / 2;
  // Cycles per input sample at which the filter is half way down: all of the transition lies below the lower Nyquist rate.
  const cutoff = 0.5 / ratio - TRANSITION / taps / 2;
  for (let phase = 0; phase < up; phase++) {
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const distance = taps - 1 - tap + phase / up - half;
      const value = sinc(2 * cutoff * distance) * kaiser(distance / half);
      coefficients[phase * taps + tap] = value;
      sum += value;
    }
    // The same gain for every phase, so that a constant stays exactly constant.
    for (let tap = 0; tap < taps; tap++) coefficients[phase * taps + tap]! /= sum;
  }
  return coefficients;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
}

/** Modified Bessel function of the first kind, order zero, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-9; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function isRate(rateHz: number): boolean {
  return Number.isInteger(rateHz) && rateHz >= 4_000 && rateHz <= 384_000;
}
