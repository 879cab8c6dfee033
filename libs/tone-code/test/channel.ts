/** What happens to audio between encoder and decoder, for tests. */

/** Resamples by linear interpolation, as simple clients do. Downwards it low-passes first. */
export function resample(samples: Int16Array, fromHz: number, toHz: number): Int16Array {
  const source = toHz < fromHz ? lowPass(samples, (0.45 * toHz) / fromHz) : samples;
  const length = Math.floor((samples.length * toHz) / fromHz);
  return Int16Array.from({ length }, (_, n) => {
    const place = (n * fromHz) / toHz;
    const before = Math.floor(place);
    const left = source[before] ?? 0;
    return Math.round(left + ((source[before + 1] ?? 0) - left) * (place - before));
  });
}

/** To G.711 mu-law and back. */
export function throughMuLaw(samples: Int16Array): Int16Array {
  return samples.map((sample) => {
    const magnitude = Math.min(32635, Math.abs(sample)) + 132;
    const exponent = Math.floor(Math.log2(magnitude)) - 7;
    const step = magnitude >> (exponent + 3);
    const restored = ((step << 1) | 1) << (exponent + 2);
    return Math.sign(sample) * (restored - 132);
  });
}

/** Adds white noise of the given level below the mean power of the louder half of the samples. */
export function addNoise(samples: Int16Array, signalToNoiseDb: number, random: () => number): Int16Array {
  const loud = samples.filter((sample) => sample !== 0);
  const power = loud.reduce((sum, sample) => sum + sample * sample, 0) / loud.length;
  const amplitude = Math.sqrt(power / 10 ** (signalToNoiseDb / 10));
  return samples.map((sample) => Math.round(sample + amplitude * gaussian(random)));
}

/** Numbers 0..1, the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

export function join(...parts: Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

export function silence(ms: number, sampleRateHz: number): Int16Array {
  return new Int16Array(Math.round((ms / 1000) * sampleRateHz));
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function lowPass(samples: Int16Array, cutoff: number): Float64Array {
  const half = Math.ceil(8 / cutoff);
  const taps = Array.from({ length: 2 * half + 1 }, (_, n) => {
    const x = n - half;
    const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
    return sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / half));
  });
  return Float64Array.from(samples, (_, n) =>
    taps.reduce((sum, tap, k) => sum + tap * (samples[n + k - half] ?? 0), 0),
  );
}
