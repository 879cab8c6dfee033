import { decodePcm, parseAudioMimeType } from '../hearing/pcm.js';
import type { RealtimeInput } from '../wire/client-message.js';

/** Audio may arrive this much ahead of its time: frames, jitter, and the silence before a word. */
const TOLERANCE_MS = 600;

/** Tells audio that is sent again from audio that is being spoken: it comes in faster than anybody speaks. */
export class ReplayGuard {
  private readonly since = performance.now();
  private audioMs = 0;

  /** True when more audio has come in than fits the time that has passed. */
  isReplay(input: RealtimeInput): boolean {
    const format = parseAudioMimeType(input.audio?.mimeType);
    if (!input.audio || !format) return false;
    this.audioMs += (1000 * decodePcm(input.audio.data).length) / format.sampleRateHz;
    return this.audioMs - (performance.now() - this.since) > TOLERANCE_MS;
  }
}
