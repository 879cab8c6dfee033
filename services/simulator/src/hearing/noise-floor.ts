/** Speech has a quiet moment in each stretch of this length: between words, before a plosive. Noise has none. */
const WINDOW_MS = 2_000;
const PART_MS = 100;
/** How fast what was raised comes down again where it is quieter: by half in about 7 s. */
const FALL_PER_BLOCK = 0.999;

/** How loud it is when nobody speaks: the quietest block of the last 2 s, as root mean square of 16-bit samples. */
export class NoiseFloor {
  /** The quietest block of each 100 ms, oldest first, and after them of the part that goes on. */
  private parts: number[] = [];
  private current = Infinity;
  private blocks = 0;
  private raised = 0;
  /** The loudness of the last 2 s, on average. */
  private mean = 0;

  constructor(private readonly blockMs: number) {}

  get level(): number {
    const quietest = Math.min(this.current, ...this.parts);
    return Math.max(this.raised, Number.isFinite(quietest) ? quietest : 0);
  }

  add(loudness: number): void {
    const weight = this.blockMs / WINDOW_MS;
    this.mean += (loudness - this.mean) * weight;
    if (loudness < this.raised) this.raised *= FALL_PER_BLOCK;
    this.current = Math.min(this.current, loudness);
    if (++this.blocks < PART_MS / this.blockMs) return;
    this.parts.push(this.current);
    if (this.parts.length > WINDOW_MS / PART_MS) this.parts.shift();
    this.current = Infinity;
    this.blocks = 0;
  }

  /** Takes what has been heard lately for noise, also if it comes and goes. */
  raise(): void {
    this.raised = this.mean;
  }
}
