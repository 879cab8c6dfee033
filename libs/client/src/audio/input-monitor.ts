import { rootMeanSquare } from './pcm.js';

/**
 * What is wrong with the sound at a microphone: `silent` (nothing comes, not even the noise that every microphone has), `noisy`
 * (it never gets quiet, so that nobody can tell where speech ends), `clipping` (so loud that it is distorted).
 */
export type InputQuality = 'good' | 'silent' | 'noisy' | 'clipping';

/** It has to be so for this long before it is said. */
const WINDOW_MS = 3_000;
const SLICE_MS = 100;
/** -85 dB of full scale: less than one step of 16 bits. */
const SILENCE = 0.00006;
/** -45 dB of full scale. Between words a quiet room is at -60 dB and lower. */
const NOISE = 0.0056;
/** Speech leaves gaps of this part of the time, at the least. */
const QUIET_PART = 0.1;
const FULL_SCALE = 32_700;
/** So many samples at full scale in a slice are a distortion; slices like that in a window are a habit. */
const CLIPPED_SAMPLES = 3;
const CLIPPED_PART = 0.15;

interface Slice {
  loudest: number;
  quietest: number;
  clippedSamples: number;
}

const EMPTY: Slice = { loudest: 0, quietest: Infinity, clippedSamples: 0 };

/** Judges the sound of the last 3 s. Its time is the sound's own. */
export class InputMonitor {
  #quality: InputQuality = 'good';
  #slices: Slice[] = [];
  #current = { ...EMPTY };
  #currentMs = 0;
  readonly #sampleRateHz: number;

  constructor(sampleRateHz: number) {
    this.#sampleRateHz = sampleRateHz;
  }

  /** Takes the next frame. The new quality when it has changed. */
  push(frame: Int16Array): InputQuality | undefined {
    const loudness = rootMeanSquare(frame);
    const slice = this.#current;
    slice.loudest = Math.max(slice.loudest, loudness);
    slice.quietest = Math.min(slice.quietest, loudness);
    for (const sample of frame) if (Math.abs(sample) >= FULL_SCALE) slice.clippedSamples++;
    this.#currentMs += (1_000 * frame.length) / this.#sampleRateHz;
    return this.#currentMs >= SLICE_MS ? this.#endSlice() : undefined;
  }

  /** What comes from now on is not the sound that came before: another microphone, or one that was muted. */
  reset(): void {
    this.#slices = [];
    this.#current = { ...EMPTY };
    this.#currentMs = 0;
  }

  #endSlice(): InputQuality | undefined {
    this.#slices.push(this.#current);
    this.#current = { ...EMPTY };
    this.#currentMs -= SLICE_MS;
    if (this.#slices.length * SLICE_MS < WINDOW_MS) return undefined;
    if (this.#slices.length * SLICE_MS > WINDOW_MS) this.#slices.shift();
    const quality = judge(this.#slices);
    if (quality === this.#quality) return undefined;
    this.#quality = quality;
    return quality;
  }
}

function judge(slices: Slice[]): InputQuality {
  const part = (is: (slice: Slice) => boolean) => slices.filter(is).length / slices.length;
  if (part(({ loudest }) => loudest < SILENCE) === 1) return 'silent';
  if (part(({ clippedSamples }) => clippedSamples >= CLIPPED_SAMPLES) >= CLIPPED_PART) return 'clipping';
  return part(({ quietest }) => quietest < NOISE) < QUIET_PART ? 'noisy' : 'good';
}
