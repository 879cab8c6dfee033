import { CHIRP_MS } from './packet-format.js';
import { type ChirpKind, chirpAt } from './waveform.js';

interface Template {
  real: Float32Array;
  imaginary: Float32Array;
  energy: number;
}

/**
 * How much a stretch of audio looks like a chirp (0..1, whatever its loudness and phase). It looks at every `stride`-th
 * sample only: about 8,000 in a second are enough below 3.4 kHz.
 */
export class ChirpMatcher {
  readonly stride: number;
  /** Samples a match looks at. */
  readonly windowSamples: number;
  private readonly templates: Record<ChirpKind, Template>;

  constructor(sampleRateHz: number) {
    this.stride = Math.max(1, Math.floor(sampleRateHz / 8000));
    const taps = Math.floor(((CHIRP_MS / 1000) * sampleRateHz) / this.stride);
    this.windowSamples = taps * this.stride;
    this.templates = {
      rising: buildTemplate('rising', taps, this.stride, sampleRateHz),
      falling: buildTemplate('falling', taps, this.stride, sampleRateHz),
    };
  }

  /** Likeness of the samples from `from` on to a chirp that begins there. */
  match(samples: Float32Array, from: number, kind: ChirpKind): number {
    const { real, imaginary, energy } = this.templates[kind];
    const { stride } = this;
    let sumReal = 0;
    let sumImaginary = 0;
    let power = 0;
    for (let tap = 0, n = from; tap < real.length; tap++, n += stride) {
      const sample = samples[n] as number;
      sumReal += sample * (real[tap] as number);
      sumImaginary += sample * (imaginary[tap] as number);
      power += sample * sample;
    }
    return power === 0 ? 0 : (2 * (sumReal * sumReal + sumImaginary * sumImaginary)) / (power * energy);
  }
}

function buildTemplate(kind: ChirpKind, taps: number, stride: number, sampleRateHz: number): Template {
  const template = { real: new Float32Array(taps), imaginary: new Float32Array(taps), energy: 0 };
  for (let tap = 0; tap < taps; tap++) {
    const { envelope, phase } = chirpAt(kind, (tap * stride) / sampleRateHz);
    template.real[tap] = envelope * Math.cos(phase);
    template.imaginary[tap] = envelope * Math.sin(phase);
    template.energy += envelope * envelope;
  }
  return template;
}
