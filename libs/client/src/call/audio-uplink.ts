import { AUDIO_HEADER_BYTES, CLIENT_AUDIO, INPUT_SAMPLE_RATE_HZ, writeAudioHeader } from '../protocol/audio-frame.js';
import { CLIENT_REPLAY_MS } from '../protocol/constants.js';

/** Where frames go: a connection, or nothing while there is none. */
export interface FrameSink {
  readonly bufferedAmount: number;
  sendFrame(frame: Uint8Array<ArrayBuffer>): void;
}

interface KeptFrame {
  bytes: Uint8Array<ArrayBuffer>;
  samples: number;
  timestamp: number;
  /** -1 until it is sent. */
  sequence: number;
}

/**
 * Microphone audio on its way up, at most 2 s of it: frames that wait to be sent, and frames that were sent and may have
 * to be sent again to another connection. When it is full the oldest frame goes, whatever it is.
 *
 * A frame gets its sequence number when it is sent, so a connection never sees a gap in the numbers of what it is sent
 * live; the timestamps show what was left out.
 */
export class AudioUplink {
  readonly counts = { framesSent: 0, framesDropped: 0, framesReplayed: 0 };
  readonly #maxKeptSamples: number;
  readonly #maxBufferedBytes: number;
  readonly #frames: KeptFrame[] = [];
  #keptSamples = 0;
  /** Index in `#frames` of the first one that this connection has not been sent. */
  #unsentFrom = 0;
  #nextSequence = 0;
  #nextTimestamp = 0;

  /** `maxBufferedBytes`: how much the socket may hold back before frames wait here instead. */
  constructor(maxBufferedBytes: number, keepMs = CLIENT_REPLAY_MS) {
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#maxKeptSamples = (INPUT_SAMPLE_RATE_HZ / 1000) * keepMs;
  }

  get framesUnacknowledged(): number {
    return this.#unsentFrom;
  }

  /** Takes a frame of 16 kHz samples. The samples are copied. */
  add(samples: Int16Array): void {
    const bytes = new Uint8Array(AUDIO_HEADER_BYTES + samples.byteLength);
    bytes.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), AUDIO_HEADER_BYTES);
    this.#frames.push({ bytes, samples: samples.length, timestamp: this.#nextTimestamp, sequence: -1 });
    this.#nextTimestamp += samples.length;
    this.#keptSamples += samples.length;
    while (this.#keptSamples > this.#maxKeptSamples) this.#forgetOldest(true);
  }

  /** Sends what waits, as long as the socket does not hold back too much. */
  flush(sink: FrameSink): void {
    while (this.#unsentFrom < this.#frames.length && sink.bufferedAmount <= this.#maxBufferedBytes) {
      const frame = this.#frames[this.#unsentFrom++]!;
      if (frame.sequence < 0) {
        frame.sequence = this.#nextSequence++;
        const { timestamp, sequence } = frame;
        writeAudioHeader(frame.bytes, { kind: CLIENT_AUDIO, turn: 0, sequence, timestamp });
        this.counts.framesSent++;
      } else {
        this.counts.framesReplayed++;
      }
      sink.sendFrame(frame.bytes);
    }
  }

  /** Forgets the frames up to this sequence number. */
  acknowledge(sequence: number): void {
    for (let oldest = this.#frames[0]; oldest !== undefined; oldest = this.#frames[0]) {
      if (oldest.sequence < 0 || oldest.sequence > sequence) return;
      this.#forgetOldest(false);
    }
  }

  /** Another connection took over: everything kept has to be sent to it. */
  rewind(): void {
    this.#unsentFrom = 0;
  }

  #forgetOldest(forWantOfSpace: boolean): void {
    const oldest = this.#frames.shift()!;
    this.#keptSamples -= oldest.samples;
    if (this.#unsentFrom > 0) this.#unsentFrom--;
    else if (forWantOfSpace) this.counts.framesDropped++;
  }
}
