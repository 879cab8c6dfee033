import { ClickFilter } from './click-filter.js';

const DEFAULTS = {
  sampleRateHz: 24_000,
  /** Playing begins when this much is there, or this much time has passed since the first of it. */
  startMs: 100,
  minStartMs: 80,
  /** Every gap within a turn asks for half as much again, up to this. */
  maxStartMs: 400,
  reportEveryMs: 250,
  /** Agents speak faster than real time, so a whole long answer can wait here. */
  maxBufferedMs: 300_000,
};
/** After so much audio without a gap the start delay shrinks again. */
const CALM_MS = 30_000;
const PAUSE_MS = 1_000;
const REMEMBERED_TURNS = 16;

export type PlayoutOptions = Partial<typeof DEFAULTS> & {
  /** How far a turn has been played: when it begins, every 250 ms, when nothing is left of it, and when it is flushed. */
  report: (turn: number, playedMs: number) => void;
  /** Told every stretch that is played, in order: `samples` as they were pushed, from `start` to before `end`. */
  played?: (turn: number, samples: Int16Array, start: number, end: number) => void;
};

interface Chunk {
  turn: number;
  timestamp: number;
  samples: Int16Array;
}

/**
 * The agent's audio between its arrival and the loudspeaker: a jitter buffer that knows what has been heard. It is driven
 * by `read`, once per block the device asks for, so its time is the device's.
 *
 * Positions are places on the turn's own time line (the frames' timestamps), so audio that got lost on the way does not
 * shift them.
 */
export class PlayoutBuffer {
  readonly counts = { gaps: 0, samplesDropped: 0 };
  readonly #options: Required<Omit<PlayoutOptions, 'played'>> & Pick<PlayoutOptions, 'played'>;
  readonly #clicks = new ClickFilter();
  #chunks: Chunk[] = [];
  /** How much of the first chunk has been played. */
  #offset = 0;
  #bufferedSamples = 0;
  #playing = false;
  #turn = 0;
  #flushedTurn = 0;
  readonly #positions = new Map<number, number>();
  #startSamples: number;
  #waitedSamples = 0;
  #idleSamples = 0;
  #sinceReport = 0;
  #sinceGap = 0;

  constructor(options: PlayoutOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#startSamples = this.#samples(this.#options.startMs);
  }

  get bufferedMs(): number {
    return (this.#bufferedSamples / this.#options.sampleRateHz) * 1000;
  }

  get playing(): boolean {
    return this.#playing;
  }

  /** Takes a piece of a turn. False when it is refused: its turn was flushed, or 5 minutes are waiting already. */
  push(turn: number, timestamp: number, samples: Int16Array): boolean {
    if (turn <= this.#flushedTurn || samples.length === 0) return false;
    if (this.#bufferedSamples + samples.length > this.#samples(this.#options.maxBufferedMs)) {
      this.counts.samplesDropped += samples.length;
      return false;
    }
    if (!this.#playing && this.#bufferedSamples === 0) {
      this.#waitedSamples = 0;
      // A longer silence within a turn is a pause, such as a tool at work, and says nothing about the network.
      if (turn === this.#turn && this.#idleSamples < this.#samples(PAUSE_MS)) this.#gapped();
    }
    this.#chunks.push({ turn, timestamp, samples });
    this.#bufferedSamples += samples.length;
    return true;
  }

  /** Plays the next samples into `target`, silence where there are none; or, given a number, just lets them pass. */
  read(target: Float32Array | number): void {
    const wanted = typeof target === 'number' ? target : target.length;
    const output = typeof target === 'number' ? undefined : target;
    let done = 0;
    while (done < wanted && (this.#playing || this.#begins(wanted - done))) {
      const chunk = this.#chunks[0]!;
      if (chunk.turn !== this.#turn || !this.#playing) this.#enter(chunk.turn);
      const count = Math.min(wanted - done, chunk.samples.length - this.#offset);
      const end = this.#offset + count;
      if (output !== undefined) this.#clicks.sound(chunk.samples.subarray(this.#offset, end), output, done);
      this.#options.played?.(chunk.turn, chunk.samples, this.#offset, end);
      done += count;
      this.#advance(chunk, count);
    }
    if (output !== undefined) this.#clicks.silence(output, done);
  }

  /** Drops what is left of this turn and of all before it, refuses what still comes of them, and reports the position. */
  flush(turn: number): void {
    this.#flushedTurn = Math.max(this.#flushedTurn, turn);
    const wasPlaying = this.#playing && this.#turn <= turn;
    const kept = this.#chunks.filter((chunk) => chunk.turn > turn);
    if (this.#chunks[0] !== kept[0]) this.#offset = 0;
    this.#chunks = kept;
    this.#bufferedSamples = kept.reduce((sum, chunk) => sum + chunk.samples.length, 0) - this.#offset;
    if (wasPlaying) this.#stop();
    this.#report(turn);
  }

  /** Whether playing starts now; counts the time that passes while audio waits. */
  #begins(passing: number): boolean {
    if (this.#bufferedSamples === 0) {
      this.#idleSamples += passing;
      return false;
    }
    if (this.#bufferedSamples >= this.#startSamples || this.#waitedSamples >= this.#startSamples) return true;
    this.#waitedSamples += passing;
    return false;
  }

  #enter(turn: number): void {
    if (this.#playing) this.#report(this.#turn);
    this.#clicks.begin();
    this.#playing = true;
    this.#turn = turn;
    // The first stretch of a turn is reported as soon as it is played: it ends the turn's latency.
    if (!this.#positions.has(turn)) this.#sinceReport = Infinity;
  }

  #advance(chunk: Chunk, count: number): void {
    this.#offset += count;
    this.#bufferedSamples -= count;
    this.#setPosition(chunk.turn, chunk.timestamp + this.#offset);
    this.#calm(count);
    if (this.#offset === chunk.samples.length) {
      this.#chunks.shift();
      this.#offset = 0;
    }
    this.#sinceReport += count;
    if (this.#bufferedSamples === 0) this.#stop();
    if (this.#bufferedSamples === 0 || this.#sinceReport >= this.#samples(this.#options.reportEveryMs)) {
      this.#report(chunk.turn);
    }
  }

  #stop(): void {
    this.#playing = false;
    this.#waitedSamples = 0;
    this.#idleSamples = 0;
    this.#clicks.end();
  }

  #report(turn: number): void {
    if (turn === this.#turn) this.#sinceReport = 0;
    this.#options.report(turn, ((this.#positions.get(turn) ?? 0) / this.#options.sampleRateHz) * 1000);
  }

  #setPosition(turn: number, position: number): void {
    this.#positions.set(turn, position);
    const oldest = this.#positions.keys().next().value;
    if (this.#positions.size > REMEMBERED_TURNS && oldest !== undefined) this.#positions.delete(oldest);
  }

  #gapped(): void {
    this.counts.gaps++;
    this.#sinceGap = 0;
    this.#startSamples = Math.min(this.#startSamples * 1.5, this.#samples(this.#options.maxStartMs));
  }

  #calm(count: number): void {
    this.#sinceGap += count;
    if (this.#sinceGap < this.#samples(CALM_MS)) return;
    this.#sinceGap = 0;
    this.#startSamples = Math.max(this.#startSamples / 1.5, this.#samples(this.#options.minStartMs));
  }

  #samples(ms: number): number {
    return (ms * this.#options.sampleRateHz) / 1000;
  }
}
