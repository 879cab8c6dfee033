import {
  AUDIO_HEADER_BYTES,
  CLIENT_AUDIO,
  INPUT_SAMPLE_RATE_HZ,
  MIN_INPUT_FRAME_MS,
  writeAudioHeader,
} from '../protocol/audio-frame.js';
import { CLIENT_BACKLOG_MS, CLIENT_REPLAY_MS } from '../protocol/constants.js';
import type { UplinkPosition } from './call-resumption.js';

/** Room for a clock that was set back a little. */
const SPARE_FRAMES = 500;
const BACKLOG_SAMPLES = (INPUT_SAMPLE_RATE_HZ / 1000) * CLIENT_BACKLOG_MS;

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
 * Microphone audio on its way up, at most 10 s of it: frames that wait to be sent, and frames that were sent and may have
 * to be sent again to another connection. When it is full the oldest frame goes, whatever it is.
 *
 * A network that is slower than the microphone must not make the call later and later: while there is a connection, 2 s may
 * wait for it. What has to be sent again to a new one may be more, and then has to become less as fast as speech goes on.
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
  #unsentSamples = 0;
  #maxUnsentSamples = BACKLOG_SAMPLES;
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

  get position(): UplinkPosition {
    return { frames: this.#nextSequence + this.#frames.length - this.#unsentFrom, samples: this.#nextTimestamp };
  }

  /**
   * Goes on where another page was that long ago. How much it has sent since then is not known, so its numbers are left out: the gateway
   * would take a number that came before for a frame that came twice.
   */
  continueAt({ frames, samples }: UplinkPosition, agoMs: number): void {
    const sinceMs = Math.max(0, agoMs);
    this.#nextSequence = frames + Math.ceil(sinceMs / MIN_INPUT_FRAME_MS) + SPARE_FRAMES;
    this.#nextTimestamp = samples + Math.round((sinceMs * INPUT_SAMPLE_RATE_HZ) / 1000);
  }

  /** Takes a frame of 16 kHz samples, to be sent over a connection that there is, or to wait for one. The samples are copied. */
  add(samples: Int16Array, isConnected: boolean): void {
    const bytes = new Uint8Array(AUDIO_HEADER_BYTES + samples.byteLength);
    bytes.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), AUDIO_HEADER_BYTES);
    this.#frames.push({ bytes, samples: samples.length, timestamp: this.#nextTimestamp, sequence: -1 });
    this.#nextTimestamp += samples.length;
    this.#keptSamples += samples.length;
    this.#unsentSamples += samples.length;
    while (this.#keptSamples > this.#maxKeptSamples) this.#forget(0);
    if (!isConnected) return;
    this.#maxUnsentSamples = Math.max(BACKLOG_SAMPLES, this.#maxUnsentSamples - samples.length);
    while (this.#unsentSamples > this.#maxUnsentSamples) this.#forget(this.#unsentFrom);
  }

  /** Sends what waits, as long as the socket does not hold back too much. */
  flush(sink: FrameSink): void {
    while (this.#unsentFrom < this.#frames.length && sink.bufferedAmount <= this.#maxBufferedBytes) {
      const frame = this.#frames[this.#unsentFrom++]!;
      this.#unsentSamples -= frame.samples;
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
      this.#forget(0);
    }
  }

  /** Another connection took over: everything kept has to be sent to it. */
  rewind(): void {
    this.#unsentFrom = 0;
    this.#unsentSamples = this.#keptSamples;
    this.#maxUnsentSamples = this.#keptSamples + BACKLOG_SAMPLES;
  }

  #forget(index: number): void {
    const [frame] = this.#frames.splice(index, 1);
    this.#keptSamples -= frame!.samples;
    if (frame!.sequence < 0) this.counts.framesDropped++;
    if (index < this.#unsentFrom) this.#unsentFrom--;
    else this.#unsentSamples -= frame!.samples;
  }
}
