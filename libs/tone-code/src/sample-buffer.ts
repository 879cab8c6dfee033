/** The last samples of a stream (-1..1), addressed by their place since the stream's beginning. Its size is fixed. */
export class SampleBuffer {
  private readonly samples: Float32Array;
  private firstKept = 0;
  private length = 0;

  constructor(private readonly capacity: number) {
    this.samples = new Float32Array(capacity);
  }

  /** Place after the newest sample. */
  get end(): number {
    return this.firstKept + this.length;
  }

  /** Place of the oldest sample still here. */
  get start(): number {
    return this.firstKept;
  }

  get free(): number {
    return this.capacity - this.length;
  }

  /** Adds s16 samples. The caller checks `free` first. */
  append(samples: Int16Array): void {
    for (let n = 0; n < samples.length; n++) this.samples[this.length + n] = (samples[n] ?? 0) / 32768;
    this.length += samples.length;
  }

  /** Forgets all samples before `place`. */
  dropBefore(place: number): void {
    const count = Math.min(this.length, Math.floor(place) - this.firstKept);
    if (count <= 0) return;
    this.samples.copyWithin(0, count, this.length);
    this.firstKept += count;
    this.length -= count;
  }

  /** A view of `count` samples from `place` on, shorter if some are not here yet. Valid until the next change. */
  view(place: number, count: number): Float32Array {
    const from = place - this.firstKept;
    return this.samples.subarray(from, Math.min(from + count, this.length));
  }
}
