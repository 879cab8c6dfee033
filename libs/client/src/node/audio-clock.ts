/** Called on every tick with `performance.now()`. */
export type Tick = (nowMs: number) => void;

/** One timer for everything that runs in real time in this process, however many calls there are. It stops when nobody needs it. */
export class AudioClock {
  readonly #intervalMs: number;
  readonly #ticks = new Set<Tick>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(intervalMs = 5) {
    this.#intervalMs = intervalMs;
  }

  /** Starts to call `tick`; returns the function that stops it. */
  add(tick: Tick): () => void {
    this.#ticks.add(tick);
    this.#timer ??= setInterval(() => this.#run(), this.#intervalMs);
    return () => this.#remove(tick);
  }

  #remove(tick: Tick): void {
    this.#ticks.delete(tick);
    if (this.#ticks.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #run(): void {
    const nowMs = performance.now();
    for (const tick of this.#ticks) tick(nowMs);
  }
}

/** The clock that sources and players use unless they are given another. */
export const sharedAudioClock = new AudioClock();
