import type { AgentAudio } from '../call/call-events.js';
import type { UnplayedAudio } from '../call/call-resumption.js';
import { BYTES_PER_SAMPLE, OUTPUT_SAMPLE_RATE_HZ } from '../protocol/audio-frame.js';

/** As text it fills a quarter of what browsers keep for a page. */
const MAX_KEPT_SAMPLES = 20 * OUTPUT_SAMPLE_RATE_HZ;
const BYTES_AT_ONCE = 8_192;

type Piece = Pick<AgentAudio, 'turn' | 'timestamp' | 'samples'>;

/** The agent's audio that has come and has not been heard, the first 20 s of it: for the page that goes on with the call. */
export class Unplayed {
  #pieces: Piece[] = [];
  #samples = 0;

  /** The samples are copied. */
  add({ turn, timestamp, samples }: AgentAudio): void {
    if (this.#samples + samples.length > MAX_KEPT_SAMPLES) return;
    this.#samples += samples.length;
    this.#pieces.push({ turn, timestamp, samples: samples.slice() });
  }

  /** That turn has been heard up to there, and all before it. */
  played(turn: number, playedMs: number): void {
    const position = (playedMs * OUTPUT_SAMPLE_RATE_HZ) / 1000;
    this.#keep(
      (piece) => piece.turn > turn || (piece.turn === turn && piece.timestamp + piece.samples.length > position),
    );
  }

  /** Nothing of this turn, nor of those before, is to be heard any more. */
  drop(turn: number): void {
    this.#keep((piece) => piece.turn > turn);
  }

  snapshot(): UnplayedAudio[] {
    return this.#pieces.map(({ turn, timestamp, samples }) => ({ turn, timestamp, base64: toBase64(samples) }));
  }

  #keep(isKept: (piece: Piece) => boolean): void {
    this.#pieces = this.#pieces.filter(isKept);
    this.#samples = this.#pieces.reduce((sum, { samples }) => sum + samples.length, 0);
  }
}

export function fromUnplayed({ turn, timestamp, base64 }: UnplayedAudio): AgentAudio {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const samples = new Int16Array(bytes.buffer, 0, Math.floor(bytes.length / BYTES_PER_SAMPLE));
  return { turn, timestamp, sequence: 0, samples };
}

function toBase64(samples: Int16Array): string {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let text = '';
  for (let at = 0; at < bytes.length; at += BYTES_AT_ONCE) {
    text += String.fromCharCode(...bytes.subarray(at, at + BYTES_AT_ONCE));
  }
  return btoa(text);
}
