import { CHIRP_MS } from './packet-format.js';
import { sharedBySampleRate } from './shared-by-sample-rate.js';
import { addChirp, synthesizePacket } from './waveform.js';

/** Compared in windows of this length, and the quiet on both sides of a packet is looked at for as long. */
export const WINDOW_MS = 5;
const HOP_MS = 2.5;
/** Noise at 20 dB below the signal gives 0.01, a slip of 5 ms gives 2. */
const MAX_DIFFERENCE = 0.35;
/** The beginning is looked for in steps of a tenth of a sample. */
const FRACTIONS = 10;

/** The opening chirp as it looks when it begins 0, 0.1, ... 0.9 samples after the first sample. */
const chirpsFor = sharedBySampleRate((sampleRateHz) =>
  Array.from({ length: FRACTIONS }, (_, step) => {
    const chirp = new Float32Array(Math.ceil((CHIRP_MS / 1000) * sampleRateHz) + 1);
    addChirp(chirp, sampleRateHz, step / FRACTIONS, 'rising');
    return chirp;
  }),
);

/**
 * Compares received audio with what the packet must sound like, stretch by stretch. Checksums alone would pass audio
 * in which a few milliseconds are missing, repeated or swapped, because a tone is recognised from part of its time.
 *
 * @param samples Audio; the packet begins `fraction` (-1..1) samples after `from`.
 */
export function soundsLike(
  samples: Float32Array,
  from: number,
  packet: Uint8Array,
  sampleRateHz: number,
  fraction: number,
): boolean {
  const exact = refineFraction(samples, from, sampleRateHz, fraction);
  const whole = Math.floor(exact);
  const expected = synthesizePacket(packet, sampleRateHz, exact - whole);
  const first = from + whole;
  let received = 0;
  let power = 0;
  for (let n = 0; n < expected.length; n++) {
    received += (samples[first + n] ?? 0) * (expected[n] as number);
    power += (expected[n] as number) ** 2;
  }
  const gain = received / power;
  const meanPower = (gain * gain * power) / expected.length;
  if (!(meanPower > 0)) return false;
  return worstDifference(samples, first, expected, gain, sampleRateHz) <= MAX_DIFFERENCE * meanPower;
}

function worstDifference(
  samples: Float32Array,
  first: number,
  expected: Float32Array,
  gain: number,
  sampleRateHz: number,
): number {
  const windowSamples = Math.round((WINDOW_MS / 1000) * sampleRateHz);
  const hopSamples = Math.round((HOP_MS / 1000) * sampleRateHz);
  let worst = 0;
  // It must also be quiet just before and after, or a piece of the packet was heard twice.
  for (let begin = -windowSamples; begin <= expected.length; begin += hopSamples) {
    let difference = 0;
    for (let n = begin; n < begin + windowSamples; n++) {
      difference += ((samples[first + n] ?? 0) - gain * (expected[n] ?? 0)) ** 2;
    }
    worst = Math.max(worst, difference / windowSamples);
  }
  return worst;
}

/** The matcher knows the beginning to about half a sample; at 3 kHz that would already look like a difference. */
function refineFraction(samples: Float32Array, from: number, sampleRateHz: number, fraction: number): number {
  const chirps = chirpsFor(sampleRateHz);
  let best = fraction;
  let bestLikeness = -1;
  const nearest = Math.round(fraction * FRACTIONS);
  for (let step = nearest - 8; step <= nearest + 8; step++) {
    const whole = Math.floor(step / FRACTIONS);
    const chirp = chirps[step - whole * FRACTIONS] as Float32Array;
    let product = 0;
    for (let n = 0; n < chirp.length; n++) product += (samples[from + whole + n] ?? 0) * (chirp[n] as number);
    if (Math.abs(product) > bestLikeness) {
      bestLikeness = Math.abs(product);
      best = step / FRACTIONS;
    }
  }
  return best;
}
