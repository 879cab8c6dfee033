/**
 * How much audio a client may send: three times real time, for as long as it likes, and what it has not used before on top of it, 15 s at
 * once. What a client kept while it was cut off (10 s), or what the network held back, fits in easily.
 */
import { BYTES_PER_SAMPLE, INPUT_SAMPLE_RATE_HZ } from '@orbisvoice/client/protocol/audio-frame';
import { TokenBucket } from '../token-bucket.js';

const BYTES_PER_SECOND = 3 * INPUT_SAMPLE_RATE_HZ * BYTES_PER_SAMPLE;
const BURST_S = 5;

export class AudioBudget extends TokenBucket {
  constructor(at: number) {
    super({ perSecond: BYTES_PER_SECOND, atOnce: BURST_S * BYTES_PER_SECOND }, at);
  }
}
