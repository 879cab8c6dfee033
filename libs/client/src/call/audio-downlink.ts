import { AGENT_AUDIO, AUDIO_HEADER_BYTES, BYTES_PER_SAMPLE, readAudioHeader } from '../protocol/audio-frame.js';
import type { AgentAudio } from './call-events.js';
import type { CallResumption } from './call-resumption.js';

/** Agent audio as it comes in: full turn numbers, losses counted, what an interruption cancelled left out. */
export class AudioDownlink {
  readonly counts = { agentFramesReceived: 0, agentFramesLost: 0 };
  #latestTurn = 0;
  #interruptedTurn = 0;
  #expectedSequence = 0;

  get snapshot(): CallResumption['downlink'] {
    return { latestTurn: this.#latestTurn, interruptedTurn: this.#interruptedTurn };
  }

  restore({ latestTurn, interruptedTurn }: CallResumption['downlink']): void {
    this.#latestTurn = latestTurn;
    this.#interruptedTurn = interruptedTurn;
  }

  turnStarted(turn: number): void {
    this.#latestTurn = Math.max(this.#latestTurn, turn);
  }

  interrupted(turn: number): void {
    this.turnStarted(turn);
    this.#interruptedTurn = Math.max(this.#interruptedTurn, turn);
  }

  /** Another gateway may count from another number. */
  reconnected(): void {
    this.#expectedSequence = -1;
  }

  /** Undefined when there is nothing to play: not agent audio, malformed, or of an interrupted turn. */
  receive(frame: Uint8Array): AgentAudio | undefined {
    if (frame.byteLength <= AUDIO_HEADER_BYTES || frame.byteLength % BYTES_PER_SAMPLE !== 0) return undefined;
    const header = readAudioHeader(frame);
    if (header.kind !== AGENT_AUDIO) return undefined;
    this.#count(header.sequence);
    const turn = nearestTurn(header.turn, this.#latestTurn);
    if (turn <= this.#interruptedTurn) return undefined;
    return { turn, sequence: header.sequence, timestamp: header.timestamp, samples: samplesOf(frame) };
  }

  #count(sequence: number): void {
    this.counts.agentFramesReceived++;
    const missing = this.#expectedSequence < 0 ? 0 : sequence - this.#expectedSequence;
    if (missing > 0) this.counts.agentFramesLost += missing;
    this.#expectedSequence = sequence + 1;
  }
}

/** The turn number whose lowest 16 bits are `low` and which is nearest to the newest turn known. */
export function nearestTurn(low: number, latest: number): number {
  const turn = latest - (latest & 0xffff) + low;
  if (turn - latest > 0x8000 && turn > 0xffff) return turn - 0x1_0000;
  return latest - turn > 0x8000 ? turn + 0x1_0000 : turn;
}

function samplesOf(frame: Uint8Array): Int16Array {
  const start = frame.byteOffset + AUDIO_HEADER_BYTES;
  const length = (frame.byteLength - AUDIO_HEADER_BYTES) / BYTES_PER_SAMPLE;
  // A 16-bit view needs an even address; what Node hands out can start anywhere.
  if (start % BYTES_PER_SAMPLE === 0) return new Int16Array(frame.buffer, start, length);
  return new Int16Array(new Uint8Array(frame.subarray(AUDIO_HEADER_BYTES)).buffer);
}
