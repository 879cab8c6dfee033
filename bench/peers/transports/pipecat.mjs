/**
 * A caller of Pipecat's WebSocket transport with its protobuf serializer. Its messages (frames.proto of Pipecat): Frame {audio = 2},
 * AudioRawFrame {id = 1, name = 2, audio = 3, sample_rate = 4, num_channels = 5}. Written by hand: two fields are all a caller needs.
 */
import { WebSocket } from 'ws';
import { SAMPLE_RATE_HZ } from '../marker.mjs';
import { closeSocket, toBytes, toSamples } from './websocket-client.mjs';

const FRAME_AUDIO = 2;
const AUDIO_BYTES = 3;
const AUDIO_RATE = 4;
const AUDIO_CHANNELS = 5;
const LENGTH_DELIMITED = 2;
const OPEN_TIMEOUT_MS = 15_000;

/** `urls`: the addresses, taken in turn: one for all calls, or one for each. */
export function createOpener({ urls }) {
  return async (number, { heard, failed }) => {
    const socket = new WebSocket(urls[number % urls.length], { perMessageDeflate: false });
    let ending = false;
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the socket did not open in time')), OPEN_TIMEOUT_MS);
      socket.on('error', reject);
      socket.on('open', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.on('message', (data) => {
        const audio = readAudio(data);
        if (audio) heard(toSamples(audio.bytes), audio.rateHz);
      });
      socket.on('close', (code) => {
        if (!ending) failed(`closed with ${code}`);
        reject(new Error(`closed with ${code}`));
      });
    });
    return {
      send(samples) {
        if (socket.readyState === WebSocket.OPEN) socket.send(writeAudio(toBytes(samples)));
      },
      close() {
        ending = true;
        return closeSocket(socket);
      },
    };
  };
}

function writeAudio(bytes) {
  const tail = [(AUDIO_RATE << 3) | 0, ...varint(SAMPLE_RATE_HZ), (AUDIO_CHANNELS << 3) | 0, 1];
  const head = [(AUDIO_BYTES << 3) | LENGTH_DELIMITED, ...varint(bytes.length)];
  const length = head.length + bytes.length + tail.length;
  return Buffer.concat([
    Buffer.from([(FRAME_AUDIO << 3) | LENGTH_DELIMITED, ...varint(length), ...head]),
    bytes,
    Buffer.from(tail),
  ]);
}

/** The audio of a message; undefined for one of another kind. */
function readAudio(message) {
  const frame = fields(message).get(FRAME_AUDIO);
  if (!frame) return undefined;
  const audio = fields(frame);
  return { bytes: audio.get(AUDIO_BYTES), rateHz: audio.get(AUDIO_RATE) };
}

/** Fields by number: numbers for varints, bytes for the rest. */
function fields(bytes) {
  const found = new Map();
  for (let at = 0; at < bytes.length;) {
    const [key, afterKey] = readVarint(bytes, at);
    const [value, afterValue] = readVarint(bytes, afterKey);
    const delimited = (key & 7) === LENGTH_DELIMITED;
    found.set(key >> 3, delimited ? bytes.subarray(afterValue, afterValue + value) : value);
    at = delimited ? afterValue + value : afterValue;
  }
  return found;
}

function readVarint(bytes, at) {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * factor;
    if (byte < 128) return [value, at];
  }
}

function varint(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
