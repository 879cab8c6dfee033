/**
 * The caller's audio as Gemini Live takes it: the hottest message there is, so it is put together as the bytes that go over the wire.
 * Base64 needs no JSON escaping, and a string would be copied three times more on its way to the socket.
 */
import { randomFillSync } from 'node:crypto';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { FrameSlab } from '../../frame-slab.js';

const PREFIX = Buffer.from('{"realtimeInput":{"audio":{"data":"');
const SUFFIX = Buffer.from('","mimeType":"audio/pcm;rate=16000"}}}');
/** A final text frame, masked, whose length takes two bytes: everything from 126 to 65,535 bytes. */
const HEADER_BYTES = 8;
const TEXT_MESSAGE = 0x81;
const MASKED_LENGTH_IN_TWO_BYTES = 0x80 | 126;
const MIN_TWO_BYTES = 126;
const MAX_TWO_BYTES = 0xffff;

const slab = new FrameSlab();
const masks = new Int32Array(2_048);
let nextMask = masks.length;

/** Sends the samples behind `offset`. The socket is open, and without compression. */
export function sendAudioMessage(socket: WebSocket, frame: Buffer, offset: number): void {
  const base64 = frame.toString('base64', offset);
  const length = PREFIX.length + base64.length + SUFFIX.length;
  if (length < MIN_TWO_BYTES || length > MAX_TWO_BYTES) {
    socket.send(`${PREFIX.toString()}${base64}${SUFFIX.toString()}`);
    return;
  }
  const at = slab.reserve(HEADER_BYTES + length);
  const { bytes } = slab;
  bytes[at] = TEXT_MESSAGE;
  bytes[at + 1] = MASKED_LENGTH_IN_TWO_BYTES;
  bytes[at + 2] = length >>> 8;
  bytes[at + 3] = length & 0xff;
  const content = at + HEADER_BYTES;
  bytes.set(PREFIX, content);
  bytes.write(base64, content + PREFIX.length, 'latin1');
  bytes.set(SUFFIX, content + length - SUFFIX.length);
  maskWords(at / 4 + 1, Math.ceil(length / 4));
  const { _socket: raw } = socket as unknown as { _socket: Socket };
  slab.write(bytes.subarray(at, content + length), raw);
}

/** Puts a mask at that word, and masks so many words behind it: four bytes at once, in whichever order this machine has them. */
function maskWords(at: number, count: number): void {
  if (nextMask === masks.length) {
    randomFillSync(masks);
    nextMask = 0;
  }
  const { words } = slab;
  const mask = masks[nextMask++]!;
  words[at] = mask;
  for (let word = at + 1; word <= at + count; word++) words[word]! ^= mask;
}
