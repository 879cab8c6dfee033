import { CapturePipeline } from '../../audio/capture-pipeline.js';
import { INPUT_SAMPLE_RATE_HZ } from '../../protocol/audio-frame.js';
import { CAPTURE_PROCESSOR } from '../worklet-messages.js';
import type { CaptureOptions } from '../worklet-messages.js';

/** Posts what comes in as frames of 16 kHz samples; silence while nothing is connected, so that frames never stop. */
class CaptureProcessor extends AudioWorkletProcessor {
  readonly #pipeline: CapturePipeline;
  #silence = new Float32Array(128);

  constructor(options: { processorOptions?: unknown }) {
    super();
    const { frameMs } = options.processorOptions as CaptureOptions;
    this.#pipeline = new CapturePipeline(sampleRate, INPUT_SAMPLE_RATE_HZ, frameMs);
  }

  override process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const block = inputs[0]?.[0] ?? this.#quiet(outputs[0]?.[0]?.length ?? 128);
    this.#pipeline.push(block, (frame) => this.port.postMessage(frame, [frame.buffer]));
    return true;
  }

  #quiet(length: number): Float32Array {
    if (this.#silence.length !== length) this.#silence = new Float32Array(length);
    return this.#silence;
  }
}

registerProcessor(CAPTURE_PROCESSOR, CaptureProcessor);
