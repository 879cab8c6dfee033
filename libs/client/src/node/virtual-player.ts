import { PlayoutBuffer } from '../audio/playout-buffer.js';
import type { AgentAudio } from '../call/call-events.js';
import { OUTPUT_SAMPLE_RATE_HZ } from '../protocol/audio-frame.js';
import { sharedAudioClock } from './audio-clock.js';
import type { AudioClock } from './audio-clock.js';

const MAX_HEARD_TURNS = 1_000;

export interface VirtualPlayerOptions {
  report: (turn: number, playedMs: number) => void;
  /** How much of what was heard is kept as samples; default 0, only lengths. */
  recordMs?: number;
  clock?: AudioClock;
}

/** What a listener has heard of a turn. */
export interface HeardTurn {
  turn: number;
  playedMs: number;
  /** The samples, as far as they were recorded: 24 kHz. */
  samples: Int16Array;
}

interface Recording {
  playedSamples: number;
  pieces: Int16Array[];
}

/** A loudspeaker without sound: plays the agent's audio in real time, with the same buffer and reports as a browser. */
export class VirtualPlayer {
  readonly #buffer: PlayoutBuffer;
  readonly #clock: AudioClock;
  readonly #heard = new Map<number, Recording>();
  #recordSamples: number;
  #startedMs = 0;
  #playedSamples = 0;
  #stop: (() => void) | undefined;

  constructor(options: VirtualPlayerOptions) {
    this.#clock = options.clock ?? sharedAudioClock;
    this.#recordSamples = ((options.recordMs ?? 0) * OUTPUT_SAMPLE_RATE_HZ) / 1000;
    this.#buffer = new PlayoutBuffer({
      report: options.report,
      played: (turn, samples, start, end) => this.#hear(turn, samples, start, end),
    });
  }

  /** Gaps within turns, in which a listener would have heard the sound break off. */
  get gaps(): number {
    return this.#buffer.counts.gaps;
  }

  get bufferedMs(): number {
    return this.#buffer.bufferedMs;
  }

  /** The last 1,000 turns that were heard at least in part, oldest first. */
  get heard(): HeardTurn[] {
    return [...this.#heard].map(([turn, { playedSamples, pieces }]) => ({
      turn,
      playedMs: (playedSamples / OUTPUT_SAMPLE_RATE_HZ) * 1000,
      samples: join(pieces),
    }));
  }

  start(): void {
    if (this.#stop !== undefined) return;
    this.#startedMs = performance.now();
    this.#playedSamples = 0;
    this.#stop = this.#clock.add((nowMs) => this.#tick(nowMs));
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  push(audio: AgentAudio): void {
    this.#buffer.push(audio.turn, audio.timestamp, audio.samples);
  }

  /** Drops what is left of this turn and of all before it, and reports how far it got. */
  flush(turn: number): void {
    if (this.#stop !== undefined) this.#tick(performance.now());
    this.#buffer.flush(turn);
  }

  #tick(nowMs: number): void {
    const due = Math.floor(((nowMs - this.#startedMs) * OUTPUT_SAMPLE_RATE_HZ) / 1000) - this.#playedSamples;
    this.#playedSamples += due;
    this.#buffer.read(due);
  }

  #hear(turn: number, samples: Int16Array, start: number, end: number): void {
    let recording = this.#heard.get(turn);
    if (recording === undefined) {
      recording = { playedSamples: 0, pieces: [] };
      this.#heard.set(turn, recording);
      const oldest = this.#heard.keys().next().value;
      if (this.#heard.size > MAX_HEARD_TURNS && oldest !== undefined) this.#heard.delete(oldest);
    }
    recording.playedSamples += end - start;
    if (end - start > this.#recordSamples) return;
    this.#recordSamples -= end - start;
    // A copy: what was pushed may view a large piece of a connection's memory.
    recording.pieces.push(samples.slice(start, end));
  }
}

function join(pieces: Int16Array[]): Int16Array {
  const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let filled = 0;
  for (const piece of pieces) {
    all.set(piece, filled);
    filled += piece.length;
  }
  return all;
}
