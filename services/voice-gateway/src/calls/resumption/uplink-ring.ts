/**
 * The caller's audio that the provider may not have taken: everything since the utterance that is under way began, or since the
 * connection was lost. Bounded; the oldest goes first, and is counted.
 * All of it lies in one buffer that is kept: a buffer for each frame would be old to the garbage collector by the time it is let go,
 * which cost more than half as much again as relaying the audio.
 */
const BYTES_PER_MS = 32;
/** Kept of the silence before an utterance: its first sound is quieter than the threshold. */
export const PRE_ROLL_MS = 300;
/** Of a voice that goes on while the model speaks: whoever interrupts it is heard sooner, and all else is an echo, or noise. */
const MAX_WHILE_ANSWERING_MS = 2_000;
/** Enough to end an utterance. More silence would only push out what was said. */
const MAX_PAUSE_MS = 1_000;
const FIRST_CAPACITY_BYTES = 16 * 1024;
/** Room behind the newest samples, so that the older ones need not be moved for each frame. */
const SLACK_BYTES = 500 * BYTES_PER_MS;
/** Length of what is handed out. */
const FRAME_BYTES = 100 * BYTES_PER_MS;

export class UplinkRing {
  private buffer = Buffer.from(new ArrayBuffer(0));
  private start = 0;
  private end = 0;
  private utterance = false;
  /** The newest samples that hold no voice. */
  private pauseBytes = 0;
  private overflowed = false;
  /** Given up although no connection took it. */
  private lostBytes = 0;
  /** Given up of the utterance that is under way: the connection in use has it, another one will not. */
  private forgottenBytes = 0;
  /** The model is speaking. */
  answering = false;

  constructor(private readonly maxMs: number) {}

  /** True when everything since the utterance's beginning is still here. */
  get holdsUtterance(): boolean {
    return this.utterance && !this.overflowed;
  }

  /** Something of what the caller said and the provider has not answered is here. */
  get holdsVoice(): boolean {
    return this.utterance;
  }

  get bufferedMs(): number {
    return Math.round(this.bytes / BYTES_PER_MS);
  }

  /** `samples` is copied. `connected`: it has been sent as well. */
  push(samples: Buffer, hasVoice: boolean, connected: boolean): void {
    if (hasVoice && !this.utterance) this.begin();
    this.makeRoom(samples.length);
    samples.copy(this.buffer, this.end);
    this.end += samples.length;
    this.pauseBytes = hasVoice ? 0 : this.pauseBytes + samples.length;
    if (this.utterance) this.shortenPause();
    const limitMs = this.limitMs(connected);
    const excess = this.bytes - Math.max(limitMs * BYTES_PER_MS, samples.length);
    if (excess > 0) this.dropOldest(excess, connected);
  }

  /** The provider has begun to answer what was said: it need not be said again. */
  answered(): void {
    this.answering = true;
    this.utterance = false;
    this.overflowed = false;
    this.forgottenBytes = 0;
  }

  /** What the caller said that the next connection will not have, in ms; counts from 0 again. */
  takeLostMs(): number {
    const bytes = this.lostBytes + this.forgottenBytes;
    this.lostBytes = 0;
    this.forgottenBytes = 0;
    return Math.round(bytes / BYTES_PER_MS);
  }

  /** Nothing of it may be sent again. */
  giveUp(): void {
    if (this.utterance) this.lostBytes += this.bytes;
    this.clear();
  }

  /**
   * Everything, to be sent, in frames of at most 100 ms. An utterance that is under way is kept all the same until it is answered: the
   * connection that it goes to may be lost as well.
   */
  replay(): Buffer[] {
    const samples = Buffer.from(this.buffer.subarray(this.start, this.end));
    this.answering = false;
    if (!this.utterance) this.clear();
    const frames: Buffer[] = [];
    for (let at = 0; at < samples.length; at += FRAME_BYTES) frames.push(samples.subarray(at, at + FRAME_BYTES));
    return frames;
  }

  clear(): void {
    this.start = 0;
    this.end = 0;
    this.pauseBytes = 0;
    this.utterance = false;
    this.overflowed = false;
  }

  private begin(): void {
    this.utterance = true;
    this.overflowed = false;
    this.forgottenBytes = 0;
  }

  private limitMs(connected: boolean): number {
    if (!connected) return this.maxMs;
    if (!this.utterance) return PRE_ROLL_MS;
    return this.answering ? Math.min(MAX_WHILE_ANSWERING_MS, this.maxMs) : this.maxMs;
  }

  private get bytes(): number {
    return this.end - this.start;
  }

  private makeRoom(length: number): void {
    if (this.end + length <= this.buffer.length) return;
    const capacity = this.bytes + length + SLACK_BYTES;
    // A long utterance's room is given back once it has been answered.
    const fits = this.buffer.length >= capacity && this.buffer.length <= 4 * capacity;
    this.buffer.copyWithin(0, this.start, this.end);
    this.end = this.bytes;
    this.start = 0;
    if (!fits) this.resize(this.buffer.length === 0 ? Math.max(FIRST_CAPACITY_BYTES, length) : capacity);
  }

  /** Moves the memory itself: a buffer that is only left behind stays until the whole heap is collected, and there are minutes between that. */
  private resize(bytes: number): void {
    this.buffer = Buffer.from(this.buffer.buffer.transfer(bytes));
  }

  /** Takes the oldest part out of a long pause: what was said before it matters more. */
  private shortenPause(): void {
    const excess = this.pauseBytes - MAX_PAUSE_MS * BYTES_PER_MS;
    if (excess <= 0) return;
    const pauseStart = this.end - this.pauseBytes;
    this.buffer.copyWithin(pauseStart, pauseStart + excess, this.end);
    this.end -= excess;
    this.pauseBytes -= excess;
  }

  private dropOldest(bytes: number, connected: boolean): void {
    this.start += bytes;
    this.pauseBytes = Math.min(this.pauseBytes, this.bytes);
    this.overflowed = true;
    if (!connected) this.lostBytes += bytes;
    else if (this.utterance && !this.answering) this.forgottenBytes += bytes;
  }
}
