/**
 * How much audio a client may send: three times real time, for as long as it likes, and what it has not used before on top of it. A
 * token bucket of bytes. What a client kept while it was cut off (10 s), or what the network held back, fits in easily.
 */
import { BYTES_PER_SAMPLE, INPUT_SAMPLE_RATE_HZ } from '@orbisvoice/client/protocol/audio-frame';

const BYTES_PER_MS = (3 * INPUT_SAMPLE_RATE_HZ * BYTES_PER_SAMPLE) / 1000;
const BURST_MS = 5_000;
/** 15 s of audio at once. */
const BURST_BYTES = BURST_MS * BYTES_PER_MS;

export class AudioBudget {
  private bytes = BURST_BYTES;

  /** Times are of any clock in ms that does not go back. */
  constructor(private at: number) {}

  /** False: the frame is too much, and costs nothing. */
  take(frameBytes: number, now: number): boolean {
    this.bytes = Math.min(BURST_BYTES, this.bytes + (now - this.at) * BYTES_PER_MS);
    this.at = now;
    if (frameBytes > this.bytes) return false;
    this.bytes -= frameBytes;
    return true;
  }
}
