import { ActivityGate } from './activity-gate.js';
import { ChirpMatcher } from './chirp-matcher.js';
import type { SampleBuffer } from './sample-buffer.js';
import { sharedBySampleRate } from './shared-by-sample-rate.js';
import type { ChirpKind } from './waveform.js';

/** Likeness that makes a closer look worth while, at up to 1/8,000 s beside the right place. */
const GLANCE_LIKENESS = 0.3;
/** Likeness at the right place. Half a chirp gives 0.25, speech below 0.1. */
const CHIRP_LIKENESS = 0.5;
const LOOK_AROUND_MS = 2;

const matcherFor = sharedBySampleRate((sampleRateHz) => new ChirpMatcher(sampleRateHz));

export interface FoundChirp {
  kind: ChirpKind;
  /** Where it begins; fractions count. */
  place: number;
}

/** Goes through a stream once and reports its chirps in order. */
export class ChirpFinder {
  /** Where the search goes on. Moved forward by the search, and by the decoder past what it has read. */
  position = 0;
  private readonly matcher: ChirpMatcher;
  private readonly gate: ActivityGate;
  private readonly lookAroundSamples: number;

  constructor(sampleRateHz: number) {
    this.matcher = matcherFor(sampleRateHz);
    this.gate = new ActivityGate(sampleRateHz);
    this.lookAroundSamples = Math.ceil((LOOK_AROUND_MS / 1000) * sampleRateHz);
  }

  /** The next chirp; undefined when more samples are needed. */
  next(buffer: SampleBuffer): FoundChirp | undefined {
    const { blockSamples } = this.gate;
    const ahead = this.matcher.windowSamples + blockSamples + 2 * this.lookAroundSamples;
    this.position = Math.max(Math.floor(this.position), buffer.start);
    const samples = buffer.view(buffer.start, Infinity);
    while (this.position + ahead <= buffer.end) {
      const from = this.position - buffer.start;
      // A chirp that begins in this block is loud in the next one.
      if (!this.gate.isOpen(samples, from + blockSamples)) {
        this.position += blockSamples;
        continue;
      }
      const found = this.searchBlock(samples, from);
      if (found) return { kind: found.kind, place: found.place + buffer.start };
      this.position += blockSamples;
    }
    return undefined;
  }

  private searchBlock(samples: Float32Array, from: number): FoundChirp | undefined {
    const step = 2 * this.matcher.stride;
    for (let n = from; n < from + this.gate.blockSamples; n += step) {
      for (const kind of ['rising', 'falling'] as const) {
        if (this.matcher.match(samples, n, kind) < GLANCE_LIKENESS) continue;
        const found = this.lookCloser(samples, n, kind);
        if (found) return found;
      }
    }
    return undefined;
  }

  /** The best place within 2 ms after the glance, to a fraction of a sample. */
  private lookCloser(samples: Float32Array, from: number, kind: ChirpKind): FoundChirp | undefined {
    let best = from;
    let likeness = 0;
    for (let n = Math.max(0, from - this.matcher.stride); n < from + this.lookAroundSamples; n++) {
      const value = this.matcher.match(samples, n, kind);
      if (value > likeness) {
        likeness = value;
        best = n;
      }
    }
    if (likeness < CHIRP_LIKENESS) return undefined;
    const before = best > 0 ? this.matcher.match(samples, best - 1, kind) : 0;
    const after = this.matcher.match(samples, best + 1, kind);
    const curvature = before - 2 * likeness + after;
    const shift = curvature < 0 ? (before - after) / (2 * curvature) : 0;
    return { kind, place: best + Math.max(-0.5, Math.min(0.5, shift)) };
  }
}
