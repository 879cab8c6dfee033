import { toFloat, toPcm } from './pcm.js';
import { StreamResampler } from './stream-resampler.js';

/** How late a filter may be, in seconds: after a whole recording so much silence is added that its end comes out too. */
const TAIL_SECONDS = 0.005;

/** A whole recording at another rate, as floats from -1 to 1. A few milliseconds of silence are added at its end. */
export function resampleAll(samples: Int16Array, inputRateHz: number, outputRateHz: number): Float32Array<ArrayBuffer> {
  const tail = inputRateHz === outputRateHz ? 0 : Math.ceil(inputRateHz * TAIL_SECONDS);
  const input = new Float32Array(samples.length + tail);
  toFloat(samples, input);
  const resampler = new StreamResampler(inputRateHz, outputRateHz);
  const output = new Float32Array(resampler.outputsFor(input.length));
  resampler.process(input, output);
  return output;
}

/** The same as 16-bit samples. */
export function resampleAllPcm(samples: Int16Array, inputRateHz: number, outputRateHz: number): Int16Array {
  if (inputRateHz === outputRateHz) return samples;
  const floats = resampleAll(samples, inputRateHz, outputRateHz);
  const pcm = new Int16Array(floats.length);
  toPcm(floats, floats.length, pcm, 0);
  return pcm;
}
