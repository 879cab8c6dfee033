/**
 * Binary audio frames of the voice protocol `orbisvoice.v1`, the same layout in both directions.
 *
 * | bytes | field     | meaning                                                                                   |
 * |-------|-----------|-------------------------------------------------------------------------------------------|
 * | 0     | kind      | 1 = from the client, 2 = from the agent                                                   |
 * | 1     | reserved  | 0; receivers ignore it                                                                    |
 * | 2-3   | turn      | uint16, the agent's turn modulo 65,536 (agent's frames; 0 in the client's)                |
 * | 4-7   | sequence  | uint32, one more than the frame before, from 0                                            |
 * | 8-11  | timestamp | uint32, index of the first sample: since the call's start (client) or the turn's (agent)  |
 * | 12-   | samples   | mono PCM, signed 16-bit little endian                                                     |
 *
 * All numbers are little endian. Twelve bytes keep the samples aligned, so a receiver can view them in place.
 */
export const AUDIO_HEADER_BYTES = 12;
export const BYTES_PER_SAMPLE = 2;

export const CLIENT_AUDIO = 1;
export const AGENT_AUDIO = 2;

/** What a client sends: 16,000 samples a second. */
export const INPUT_SAMPLE_RATE_HZ = 16_000;
/** What a client receives: 24,000 samples a second. */
export const OUTPUT_SAMPLE_RATE_HZ = 24_000;

/** A client's frame holds 10 to 200 ms of audio. */
export const MIN_INPUT_FRAME_MS = 10;
export const MAX_INPUT_FRAME_MS = 200;
export const MIN_INPUT_FRAME_BYTES = (INPUT_SAMPLE_RATE_HZ / 1000) * BYTES_PER_SAMPLE * MIN_INPUT_FRAME_MS;
export const MAX_INPUT_FRAME_BYTES = (INPUT_SAMPLE_RATE_HZ / 1000) * BYTES_PER_SAMPLE * MAX_INPUT_FRAME_MS;

export interface AudioFrameHeader {
  kind: number;
  turn: number;
  sequence: number;
  timestamp: number;
}

/** Writes a header into the first 12 bytes of `target`. */
export function writeAudioHeader(target: Uint8Array, header: AudioFrameHeader): void {
  const view = new DataView(target.buffer, target.byteOffset, AUDIO_HEADER_BYTES);
  view.setUint8(0, header.kind);
  view.setUint8(1, 0);
  view.setUint16(2, header.turn & 0xffff, true);
  view.setUint32(4, header.sequence >>> 0, true);
  view.setUint32(8, header.timestamp >>> 0, true);
}

/** Reads the header of a frame of at least 12 bytes. */
export function readAudioHeader(frame: Uint8Array): AudioFrameHeader {
  const view = new DataView(frame.buffer, frame.byteOffset, AUDIO_HEADER_BYTES);
  return {
    kind: view.getUint8(0),
    turn: view.getUint16(2, true),
    sequence: view.getUint32(4, true),
    timestamp: view.getUint32(8, true),
  };
}

/** A frame from a header and samples given as bytes (s16le). */
export function encodeAudioFrame(header: AudioFrameHeader, samples: Uint8Array): Uint8Array {
  const frame = new Uint8Array(AUDIO_HEADER_BYTES + samples.byteLength);
  writeAudioHeader(frame, header);
  frame.set(samples, AUDIO_HEADER_BYTES);
  return frame;
}
