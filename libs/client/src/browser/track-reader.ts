import { CapturePipeline } from '../audio/capture-pipeline.js';
import { INPUT_SAMPLE_RATE_HZ } from '../protocol/audio-frame.js';

/** From the draft "MediaStreamTrack Insertable Media Processing using Streams"; TypeScript's DOM library does not describe it. */
type TrackProcessor = new (init: { track: MediaStreamTrack; maxBufferSize: number }) => {
  readable: ReadableStream<TrackAudio>;
};
interface TrackAudio {
  readonly sampleRate: number;
  readonly numberOfFrames: number;
  readonly numberOfChannels: number;
  copyTo(target: Float32Array, options: { planeIndex: number; format: 'f32-planar' }): void;
  close(): void;
}

/** Pieces of 10 ms that wait while the page is busy: 5 s. */
const MAX_WAITING_PIECES = 500;

/** Whether this browser gives a page the samples of an audio track. Chromium does. */
export function canReadTracks(): boolean {
  return trackProcessor() !== undefined;
}

/**
 * Reads a microphone's track itself, past the page's audio graph. The graph runs by the loudspeaker's clock: whenever the
 * microphone's next piece is late for it, on a busy machine now and then, the graph puts silence in the middle of a word.
 * Here a piece that is late is only late.
 */
export class TrackReader {
  readonly #reader: ReadableStreamDefaultReader<TrackAudio>;
  readonly #frameMs: number;
  readonly #captured: (frame: Int16Array) => void;
  #pipeline: CapturePipeline | undefined;
  #pipelineRateHz = 0;
  #samples = new Float32Array(0);
  #other = new Float32Array(0);

  constructor(track: MediaStreamTrack, frameMs: number, captured: (frame: Int16Array) => void) {
    const Processor = trackProcessor()!;
    this.#reader = new Processor({ track, maxBufferSize: MAX_WAITING_PIECES }).readable.getReader();
    this.#frameMs = frameMs;
    this.#captured = captured;
    void this.#readAll();
  }

  /** What has been read but fills no frame yet is forgotten. */
  forget(): void {
    this.#pipeline = undefined;
  }

  close(): void {
    void this.#reader.cancel().catch(() => {});
  }

  async #readAll(): Promise<void> {
    try {
      for (let next = await this.#reader.read(); !next.done; next = await this.#reader.read()) this.#take(next.value);
    } catch {
      // The track has ended, which its own event tells.
    }
  }

  #take(audio: TrackAudio): void {
    const { sampleRate, numberOfFrames } = audio;
    if (this.#samples.length !== numberOfFrames) {
      this.#samples = new Float32Array(numberOfFrames);
      this.#other = new Float32Array(numberOfFrames);
    }
    try {
      this.#mixDown(audio);
    } finally {
      audio.close();
    }
    if (this.#pipeline === undefined || this.#pipelineRateHz !== sampleRate) {
      this.#pipeline = new CapturePipeline(sampleRate, INPUT_SAMPLE_RATE_HZ, this.#frameMs);
      this.#pipelineRateHz = sampleRate;
    }
    this.#pipeline.push(this.#samples, this.#captured);
  }

  /** To one channel, as the audio graph would. */
  #mixDown(audio: TrackAudio): void {
    audio.copyTo(this.#samples, { planeIndex: 0, format: 'f32-planar' });
    if (audio.numberOfChannels < 2) return;
    audio.copyTo(this.#other, { planeIndex: 1, format: 'f32-planar' });
    for (let index = 0; index < this.#samples.length; index++) {
      this.#samples[index] = (this.#samples[index]! + this.#other[index]!) / 2;
    }
  }
}

function trackProcessor(): TrackProcessor | undefined {
  return (globalThis as { MediaStreamTrackProcessor?: TrackProcessor }).MediaStreamTrackProcessor;
}
