/**
 * The agent's audio on its way to the client: one buffer from base64 to the socket. In front of the samples it has room for the audio
 * header, and in front of that for the header of the WebSocket frame, so that it is sent with one write, and never copied.
 */
import type { Socket } from 'node:net';
import { AUDIO_HEADER_BYTES } from '@orbisvoice/client/protocol/audio-frame';
import { FrameSlab } from '../frame-slab.js';

/** A final binary frame, unmasked, whose length takes two bytes: everything from 126 to 65,535 bytes. */
const SOCKET_HEADER_BYTES = 4;
const BINARY_MESSAGE = 0x82;
const LENGTH_IN_TWO_BYTES = 126;
const MAX_TWO_BYTES = 0xffff;

/** Of room in front of the samples. */
export const AGENT_FRAME_ROOM_BYTES = SOCKET_HEADER_BYTES + AUDIO_HEADER_BYTES;
/** Where the audio header begins. */
export const AGENT_FRAME_HEADER_AT = SOCKET_HEADER_BYTES;

const slab = new FrameSlab();

/** Room, and after it so many bytes to be filled. Good until the next one is asked for: whoever keeps it copies it. */
export function newAgentFrame(sampleBytes: number): Buffer {
  return slab.take(AGENT_FRAME_ROOM_BYTES + sampleBytes);
}

export function sampleBytesOf(frame: Buffer): number {
  return frame.length - AGENT_FRAME_ROOM_BYTES;
}

/** The message's content: audio header and samples. */
export function contentOf(frame: Buffer): Buffer {
  return frame.subarray(SOCKET_HEADER_BYTES);
}

/** False, and nothing is written, for lengths that take another header. */
export function writeAgentFrame(frame: Buffer, socket: Socket): boolean {
  const length = frame.length - SOCKET_HEADER_BYTES;
  if (length < LENGTH_IN_TWO_BYTES || length > MAX_TWO_BYTES) return false;
  frame[0] = BINARY_MESSAGE;
  frame[1] = LENGTH_IN_TWO_BYTES;
  frame[2] = length >>> 8;
  frame[3] = length & 0xff;
  slab.write(frame, socket);
  return true;
}
