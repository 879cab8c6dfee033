import { VoiceError } from '../call/voice-error.js';
import { INPUT_SAMPLE_RATE_HZ, MAX_INPUT_FRAME_MS, MIN_INPUT_FRAME_MS } from '../protocol/audio-frame.js';
import { sharedAudioClock } from './audio-clock.js';
import type { AudioClock } from './audio-clock.js';

/** What may wait to be said: ten minutes. */
const MAX_WAITING_SAMPLES = 600 * INPUT_SAMPLE_RATE_HZ;
/** After a stall of this process so much is sent at once; the rest of the lost time is skipped. */
const MAX_CATCH_UP_MS = 400;

export interface PacedSourceOptions {
  /** Given each frame when it is due. It must copy what it keeps: frames of silence share their memory. */
  send: (frame: Int16Array) => void;
  /** Default 40. */
  frameMs?: number;
  clock?: AudioClock;
}

interface Utterance {
  samples: Int16Array;
  sent: number;
  done: () => void;
}

/** A microphone made of recordings: 16 kHz frames at exactly real-time pace, silence whenever nothing is being said. */
export class PacedSource {
  /** Frames that were left out because this process stalled. */
  framesSkipped = 0;
  readonly #send: (frame: Int16Array) => void;
  readonly #frameMs: number;
  readonly #clock: AudioClock;
  readonly #silence: Int16Array;
  readonly #utterances: Utterance[] = [];
  #waitingSamples = 0;
  #dueMs = 0;
  #stop: (() => void) | undefined;

  constructor(options: PacedSourceOptions) {
    const { send, frameMs = 40, clock = sharedAudioClock } = options;
    if (!(frameMs >= MIN_INPUT_FRAME_MS && frameMs <= MAX_INPUT_FRAME_MS)) {
      throw new RangeError(`frameMs is ${frameMs}; it must be ${MIN_INPUT_FRAME_MS} to ${MAX_INPUT_FRAME_MS}.`);
    }
    this.#send = send;
    this.#frameMs = frameMs;
    this.#clock = clock;
    this.#silence = new Int16Array((INPUT_SAMPLE_RATE_HZ / 1000) * frameMs);
  }

  start(): void {
    if (this.#stop !== undefined) return;
    this.#dueMs = performance.now() + this.#frameMs;
    this.#stop = this.#clock.add((nowMs) => this.#tick(nowMs));
  }

  /** Stops. What has not been said is dropped, and its promises resolve. */
  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
    for (const utterance of this.#utterances.splice(0)) utterance.done();
    this.#waitingSamples = 0;
  }

  /**
   * Says 16 kHz samples after what is being said. Resolves when the last of them has been sent.
   * @throws VoiceError `resource_exhausted` when more than ten minutes would wait.
   */
  speak(samples: Int16Array): Promise<void> {
    if (this.#waitingSamples + samples.length > MAX_WAITING_SAMPLES) {
      const message = 'More than ten minutes of audio wait to be said.';
      return Promise.reject(new VoiceError({ kind: 'resource_exhausted', message, retryable: true }));
    }
    this.#waitingSamples += samples.length;
    return new Promise((done) => this.#utterances.push({ samples, sent: 0, done }));
  }

  #tick(nowMs: number): void {
    const frameMs = this.#frameMs;
    if (nowMs - this.#dueMs > MAX_CATCH_UP_MS) {
      const skipped = Math.ceil((nowMs - this.#dueMs - MAX_CATCH_UP_MS) / frameMs);
      this.framesSkipped += skipped;
      this.#dueMs += skipped * frameMs;
    }
    for (; nowMs >= this.#dueMs && this.#stop !== undefined; this.#dueMs += frameMs) this.#send(this.#nextFrame());
  }

  #nextFrame(): Int16Array {
    if (this.#utterances.length === 0) return this.#silence;
    const frame = new Int16Array(this.#silence.length);
    for (let filled = 0; filled < frame.length;) {
      const utterance = this.#utterances[0];
      if (utterance === undefined) break;
      const part = utterance.samples.subarray(utterance.sent, utterance.sent + frame.length - filled);
      frame.set(part, filled);
      filled += part.length;
      utterance.sent += part.length;
      this.#waitingSamples -= part.length;
      if (utterance.sent === utterance.samples.length) this.#utterances.shift()?.done();
    }
    return frame;
  }
}
