const TAPS_PER_PHASE = 16;
const UP = 3;
const DOWN = 2;
/** Of the source rate: just below its Nyquist frequency. */
const CUTOFF = 0.46;

/** 16,000 Hz to 24,000 Hz, by a windowed-sinc polyphase filter. */
export function upsample16kTo24k(samples: Int16Array): Int16Array {
  const result = new Int16Array(Math.floor((samples.length * UP) / DOWN));
  const half = TAPS_PER_PHASE / 2;
  for (let n = 0; n < result.length; n++) {
    const place = n * DOWN;
    const before = Math.floor(place / UP);
    const taps = PHASES[place % UP] as Float64Array;
    let sum = 0;
    for (let k = 0; k < TAPS_PER_PHASE; k++) sum += (taps[k] as number) * (samples[before - half + 1 + k] ?? 0);
    result[n] = Math.max(-32768, Math.min(32767, Math.round(sum)));
  }
  return result;
}

/** For each place between two source samples (0, 1/3, 2/3) the weights of the 16 samples around it. */
const PHASES = Array.from({ length: UP }, (_, phase) => {
  const taps = Float64Array.from({ length: TAPS_PER_PHASE }, (_unused, k) => {
    const distance = k - TAPS_PER_PHASE / 2 + 1 - phase / UP;
    const x = 2 * CUTOFF * distance;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    return sinc * (0.5 + 0.5 * Math.cos((2 * Math.PI * distance) / (TAPS_PER_PHASE + 1)));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
});
