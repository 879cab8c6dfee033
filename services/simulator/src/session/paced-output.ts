import { setTimeout as sleep } from 'node:timers/promises';
import { encodePcm } from '../hearing/pcm.js';
import { OUTPUT_RATE_HZ, type SpokenPiece } from '../speech/voice.js';
import type { ServerContent } from '../wire/server-message.js';
import type { Pace } from './pace.js';

const MIME_TYPE = `audio/pcm;rate=${OUTPUT_RATE_HZ}`;

/**
 * Sends a turn's audio in bursts, a little ahead of its playing, each with the part of the transcript whose sound begins in
 * it. It keeps the time that a listener needs to hear it all.
 */
export class PacedOutput {
  /** The transcript that went out so far. */
  sentText = '';
  private pending: SpokenPiece[] = [];
  private pendingSamples = 0;
  private sentSamples = 0;
  private startedAt: number | undefined;
  private readonly burstSamples: number;

  constructor(
    private readonly pace: Pace,
    private readonly send: (content: ServerContent) => void,
    private readonly signal: AbortSignal,
  ) {
    this.burstSamples = Math.max(1, Math.round((pace.burstMs / 1000) * OUTPUT_RATE_HZ));
  }

  get sentMs(): number {
    return (1000 * this.sentSamples) / OUTPUT_RATE_HZ;
  }

  /** Sends what fills bursts, when it is due; keeps the rest. Rejects with an AbortError when the turn is stopped. */
  async write(piece: SpokenPiece): Promise<void> {
    this.pending.push(piece);
    this.pendingSamples += piece.samples.length;
    while (this.pendingSamples >= this.burstSamples) await this.sendBurst(this.burstSamples);
  }

  /** Sends what is left. */
  async flush(): Promise<void> {
    if (this.pendingSamples > 0) await this.sendBurst(this.pendingSamples);
  }

  /** Waits until everything sent has been played. */
  async played(): Promise<void> {
    await this.until(this.sentMs);
  }

  private async sendBurst(count: number): Promise<void> {
    this.startedAt ??= performance.now();
    // Nothing was left to play for a while (a slow tool, say): the listener's clock stood still.
    if (this.playedMs() > this.sentMs) this.startedAt = performance.now() - this.sentMs / this.pace.speed;
    const burstMs = (1000 * count) / OUTPUT_RATE_HZ;
    await this.until(this.sentMs + burstMs - Math.max(burstMs, this.pace.aheadMs));
    const { samples, text } = this.take(count);
    this.sentSamples += samples.length;
    this.sentText += text;
    const parts = [{ inlineData: { mimeType: MIME_TYPE, data: encodePcm(samples) } }];
    this.send({ modelTurn: { role: 'model', parts }, ...(text === '' ? {} : { outputTranscription: { text } }) });
  }

  /** Cuts the next samples off what is pending, with the transcript whose sound begins in them. */
  private take(count: number): { samples: Int16Array; text: string } {
    const samples = new Int16Array(count);
    let text = '';
    let filled = 0;
    while (filled < count) {
      const piece = this.pending[0] as SpokenPiece;
      const taken = Math.min(count - filled, piece.samples.length);
      samples.set(piece.samples.subarray(0, taken), filled);
      text += piece.bits
        .filter((bit) => bit.atSample < taken)
        .map((bit) => bit.text)
        .join('');
      filled += taken;
      if (taken === piece.samples.length) this.pending.shift();
      else this.pending[0] = rest(piece, taken);
    }
    this.pendingSamples -= count;
    return { samples, text };
  }

  private playedMs(): number {
    return this.startedAt === undefined ? 0 : (performance.now() - this.startedAt) * this.pace.speed;
  }

  private async until(playedMs: number): Promise<void> {
    this.signal.throwIfAborted();
    const waitMs = (playedMs - this.playedMs()) / this.pace.speed;
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: this.signal });
  }
}

function rest(piece: SpokenPiece, taken: number): SpokenPiece {
  const bits = piece.bits
    .filter((bit) => bit.atSample >= taken)
    .map((bit) => ({ ...bit, atSample: bit.atSample - taken }));
  return { samples: piece.samples.subarray(taken), bits };
}
