import { resampleAll } from '../audio/resample-all.js';
import { loadWorklet } from './audio-device.js';
import { CAPTURE_PROCESSOR } from './worklet-messages.js';
import type { CaptureOptions } from './worklet-messages.js';

/** How late the graph may be with the frames of what has been played into it. */
const REST_MS = 100;

/** The way from sound to frames of 16 kHz: whatever is connected to `input` goes through the capture worklet. */
export class Capture {
  readonly #context: AudioContext;
  readonly #node: AudioWorkletNode;
  readonly #frameMs: number;
  /** Somebody who waits until so many more frames have come. */
  #waiting: { frames: number; resolve: () => void } | undefined;
  #speaking: Promise<void> = Promise.resolve();
  #current: AudioBufferSourceNode | undefined;
  #closed = false;

  private constructor(context: AudioContext, frameMs: number, captured: (frame: Int16Array) => void) {
    this.#context = context;
    this.#frameMs = frameMs;
    const processorOptions: CaptureOptions = { frameMs };
    this.#node = new AudioWorkletNode(context, CAPTURE_PROCESSOR, {
      channelCount: 1,
      channelCountMode: 'explicit',
      outputChannelCount: [1],
      processorOptions,
    });
    // Its output stays silent; a node that leads nowhere would not run in every browser.
    this.#node.connect(context.destination);
    this.#node.port.addEventListener('message', ({ data }: MessageEvent<Int16Array>) => {
      captured(data);
      if (this.#waiting !== undefined && --this.#waiting.frames <= 0) this.#endWaiting();
    });
    this.#node.port.start();
  }

  static async create(
    context: AudioContext,
    workletBaseUrl: string,
    frameMs: number,
    captured: (frame: Int16Array) => void,
  ): Promise<Capture> {
    await loadWorklet(context, workletBaseUrl, 'capture-worklet.js');
    return new Capture(context, frameMs, captured);
  }

  get input(): AudioNode {
    return this.#node;
  }

  /** Feeds a recording in as if it came from the microphone, after the one before. Resolves when all its frames have come. */
  speak(samples: Int16Array, sampleRateHz: number): Promise<void> {
    const floats = resampleAll(samples, sampleRateHz, this.#context.sampleRate);
    this.#speaking = this.#speaking.then(() => this.#feed(floats));
    return this.#speaking;
  }

  close(): void {
    this.#closed = true;
    this.#current?.stop();
    this.#endWaiting();
    this.#node.port.close();
    this.#node.disconnect();
  }

  async #feed(samples: Float32Array<ArrayBuffer>): Promise<void> {
    if (this.#closed || samples.length === 0) return;
    const buffer = new AudioBuffer({ length: samples.length, sampleRate: this.#context.sampleRate });
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    this.#current = source;
    await new Promise((resolve) => {
      source.addEventListener('ended', resolve);
      source.connect(this.#node);
      source.start();
    });
    source.disconnect();
    this.#current = undefined;
    await this.#rest();
  }

  /** Until the frames with the end of it have come. */
  async #rest(): Promise<void> {
    if (this.#closed) return;
    const frames = 1 + Math.ceil(REST_MS / this.#frameMs);
    await new Promise<void>((resolve) => (this.#waiting = { frames, resolve }));
  }

  #endWaiting(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}
