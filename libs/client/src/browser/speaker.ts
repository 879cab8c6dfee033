import type { AgentAudio } from '../call/call-events.js';
import { loadWorklet } from './audio-device.js';
import { PLAYBACK_PROCESSOR } from './worklet-messages.js';
import type { PlaybackCommand, PlaybackReport } from './worklet-messages.js';

/** Plays the agent's audio through the playback worklet. */
export class Speaker {
  readonly #node: AudioWorkletNode;
  readonly #meter: AnalyserNode;
  readonly #levels: Float32Array<ArrayBuffer>;
  #busy = false;
  #whenDrained: (() => void) | undefined;

  private constructor(context: AudioContext, reported: (report: PlaybackReport) => void) {
    this.#node = new AudioWorkletNode(context, PLAYBACK_PROCESSOR, { numberOfInputs: 0, outputChannelCount: [1] });
    this.#meter = new AnalyserNode(context, { fftSize: 1024 });
    this.#levels = new Float32Array(this.#meter.fftSize);
    this.#node.connect(this.#meter).connect(context.destination);
    this.#node.port.addEventListener('message', ({ data }: MessageEvent<PlaybackReport>) => {
      this.#busy = data.playing || data.bufferedMs > 0;
      if (!this.#busy) this.#whenDrained?.();
      reported(data);
    });
    this.#node.port.start();
  }

  static async create(
    context: AudioContext,
    workletBaseUrl: string,
    reported: (report: PlaybackReport) => void,
  ): Promise<Speaker> {
    await loadWorklet(context, workletBaseUrl, 'playback-worklet.js');
    return new Speaker(context, reported);
  }

  /** Copies the samples. */
  play(audio: AgentAudio): void {
    this.#busy = true;
    const samples = audio.samples.slice();
    this.#post({ type: 'push', turn: audio.turn, timestamp: audio.timestamp, samples }, [samples.buffer]);
  }

  /** Silences this turn and all before it. A report with the final position follows. */
  flush(turn: number): void {
    this.#post({ type: 'flush', turn });
  }

  /** Loudness from 0 to 1 of what is playing now. */
  level(): number {
    this.#meter.getFloatTimeDomainData(this.#levels);
    let sum = 0;
    for (const value of this.#levels) sum += value * value;
    return Math.sqrt(sum / this.#levels.length);
  }

  /** Resolves when nothing is left to play, or after `timeoutMs`. */
  async drained(timeoutMs: number): Promise<void> {
    if (!this.#busy) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#whenDrained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  close(): void {
    this.#node.port.close();
    this.#node.disconnect();
    this.#meter.disconnect();
  }

  #post(command: PlaybackCommand, transfer: Transferable[] = []): void {
    this.#node.port.postMessage(command, transfer);
  }
}
