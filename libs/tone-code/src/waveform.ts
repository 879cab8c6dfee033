import {
  CHIRP_HIGH_HZ,
  CHIRP_LOW_HZ,
  CHIRP_MS,
  SYMBOL_MS,
  TONES_PER_GROUP,
  maskByte,
  toneHz,
  tonePhase,
} from './packet-format.js';

// Taken out of `Math` once: these loops run for every sample.
const { cos, PI } = Math;

export type ChirpKind = 'rising' | 'falling';

// Both make the same power, so that the decoder can judge every part of a packet by one measure.
const TONE_AMPLITUDE = 0.25;
const CHIRP_AMPLITUDE = TONE_AMPLITUDE * Math.SQRT2;
const CHIRP_RAMP_SECONDS = 0.002;
const SYMBOL_RAMP_SECONDS = 0.001;

/**
 * The samples (-1..1) of a packet.
 *
 * @param fraction Where the packet begins, in samples (0..1) after the first sample: the decoder compares with a
 *   packet that need not begin on one of its samples.
 */
export function synthesizePacket(packet: Uint8Array, sampleRateHz: number, fraction = 0): Float32Array<ArrayBuffer> {
  const seconds = (2 * CHIRP_MS + SYMBOL_MS * packet.length) / 1000;
  const samples = new Float32Array(Math.ceil(seconds * sampleRateHz + fraction));
  const chirpSeconds = CHIRP_MS / 1000;
  addChirp(samples, sampleRateHz, fraction, 'rising');
  packet.forEach((byte, place) => {
    const start = (chirpSeconds + (place * SYMBOL_MS) / 1000) * sampleRateHz + fraction;
    addSymbol(samples, sampleRateHz, start, maskByte(byte, place), place);
  });
  addChirp(samples, sampleRateHz, (seconds - chirpSeconds) * sampleRateHz + fraction, 'falling');
  return samples;
}

/** Envelope (0..1) and phase in radians of a chirp, `seconds` after its beginning. */
export function chirpAt(kind: ChirpKind, seconds: number): { envelope: number; phase: number } {
  const lengthSeconds = CHIRP_MS / 1000;
  const sweep = ((CHIRP_HIGH_HZ - CHIRP_LOW_HZ) / lengthSeconds) * (kind === 'rising' ? 1 : -1);
  const fromHz = kind === 'rising' ? CHIRP_LOW_HZ : CHIRP_HIGH_HZ;
  return {
    envelope: envelopeAt(seconds, lengthSeconds, CHIRP_RAMP_SECONDS),
    phase: 2 * PI * (fromHz * seconds + (sweep * seconds * seconds) / 2),
  };
}

/** Envelope (0..1) of a symbol, `seconds` after its beginning. */
export function symbolEnvelopeAt(seconds: number): number {
  return envelopeAt(seconds, SYMBOL_MS / 1000, SYMBOL_RAMP_SECONDS);
}

/** Adds a chirp that begins at sample `start` (fractions allowed). */
export function addChirp(samples: Float32Array, sampleRateHz: number, start: number, kind: ChirpKind): void {
  const end = Math.min(samples.length, Math.ceil(start + (CHIRP_MS / 1000) * sampleRateHz));
  for (let n = Math.max(0, Math.ceil(start)); n < end; n++) {
    const { envelope, phase } = chirpAt(kind, (n - start) / sampleRateHz);
    samples[n] = (samples[n] ?? 0) + CHIRP_AMPLITUDE * envelope * cos(phase);
  }
}

function addSymbol(samples: Float32Array, sampleRateHz: number, start: number, value: number, place: number): void {
  const lowStep = (2 * PI * toneHz(value & 0x0f)) / sampleRateHz;
  const highStep = (2 * PI * toneHz(TONES_PER_GROUP + (value >>> 4))) / sampleRateHz;
  const lowPhase = tonePhase(place, 0);
  const highPhase = tonePhase(place, 1);
  const end = Math.min(samples.length, Math.ceil(start + (SYMBOL_MS / 1000) * sampleRateHz));
  for (let n = Math.ceil(start); n < end; n++) {
    const since = n - start;
    const tones = cos(lowStep * since + lowPhase) + cos(highStep * since + highPhase);
    samples[n] = (samples[n] ?? 0) + TONE_AMPLITUDE * symbolEnvelopeAt(since / sampleRateHz) * tones;
  }
}

function envelopeAt(seconds: number, lengthSeconds: number, rampSeconds: number): number {
  const fromEdge = Math.min(seconds, lengthSeconds - seconds);
  if (fromEdge <= 0) return 0;
  return fromEdge >= rampSeconds ? 1 : 0.5 - 0.5 * cos((PI * fromEdge) / rampSeconds);
}
