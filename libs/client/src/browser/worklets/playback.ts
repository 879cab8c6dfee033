import { PlayoutBuffer } from '../../audio/playout-buffer.js';
import { PullResampler } from '../../audio/pull-resampler.js';
import { OUTPUT_SAMPLE_RATE_HZ } from '../../protocol/audio-frame.js';
import { PLAYBACK_PROCESSOR } from '../worklet-messages.js';
import type { PlaybackCommand } from '../worklet-messages.js';

/** Plays what is pushed, at the device's rate, and reports what has been played of each turn. */
class PlaybackProcessor extends AudioWorkletProcessor {
  readonly #buffer = new PlayoutBuffer({
    sampleRateHz: OUTPUT_SAMPLE_RATE_HZ,
    report: (turn, playedMs) => this.#report(turn, playedMs),
  });
  readonly #resampler = new PullResampler(OUTPUT_SAMPLE_RATE_HZ, sampleRate, (target) => this.#buffer.read(target));

  constructor() {
    super();
    this.port.addEventListener('message', ({ data }: MessageEvent<PlaybackCommand>) => {
      if (data.type === 'push') this.#buffer.push(data.turn, data.timestamp, data.samples);
      else this.#buffer.flush(data.turn);
    });
    this.port.start();
  }

  override process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const channels = outputs[0] ?? [];
    const first = channels[0];
    if (first === undefined) return true;
    this.#resampler.pull(first);
    for (const other of channels.slice(1)) other.set(first);
    return true;
  }

  #report(turn: number, playedMs: number): void {
    const { bufferedMs, playing } = this.#buffer;
    this.port.postMessage({ turn, playedMs, bufferedMs, playing }, []);
  }
}

registerProcessor(PLAYBACK_PROCESSOR, PlaybackProcessor);
