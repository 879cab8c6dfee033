import { crc16, crc8 } from './checksum.js';
import { HEADER_BYTES, MAX_PAYLOAD_BYTES, TRAILER_BYTES } from './packet-format.js';

const CONTINUES_FLAG = 0x80;
const LAST_FLAG = 0x40;
const LENGTH_MASK = 0x3f;

export interface PacketHeader {
  /** Running number of the word in its utterance, modulo 256. */
  index: number;
  /** The next packet belongs to the same word: no space between them. */
  continues: boolean;
  /** The utterance ends with this packet. */
  last: boolean;
  payloadBytes: number;
}

/** The bytes of one packet. Throws a RangeError for an empty or too long payload. */
export function buildPacket(
  payload: Uint8Array,
  options: { index: number; continues: boolean; last: boolean },
): Uint8Array {
  if (payload.length === 0 || payload.length > MAX_PAYLOAD_BYTES) {
    throw new RangeError(`a packet carries 1 to ${MAX_PAYLOAD_BYTES} bytes, not ${payload.length}`);
  }
  const packet = new Uint8Array(HEADER_BYTES + payload.length + TRAILER_BYTES);
  packet[0] = payload.length | (options.continues ? CONTINUES_FLAG : 0) | (options.last ? LAST_FLAG : 0);
  packet[1] = options.index & 0xff;
  packet[2] = crc8(packet.subarray(0, 2));
  packet.set(payload, HEADER_BYTES);
  const check = crc16(packet.subarray(0, packet.length - TRAILER_BYTES));
  packet[packet.length - 2] = check >>> 8;
  packet[packet.length - 1] = check & 0xff;
  return packet;
}

/** Reads the first three bytes of a packet; undefined when they were damaged. */
export function parseHeader(bytes: Uint8Array): PacketHeader | undefined {
  const flags = bytes[0] ?? 0;
  const payloadBytes = flags & LENGTH_MASK;
  if (crc8(bytes.subarray(0, 2)) !== bytes[2] || payloadBytes === 0 || payloadBytes > MAX_PAYLOAD_BYTES)
    return undefined;
  return {
    index: bytes[1] ?? 0,
    continues: (flags & CONTINUES_FLAG) !== 0,
    last: (flags & LAST_FLAG) !== 0,
    payloadBytes,
  };
}

/** The text of a whole packet; undefined when its CRC-16 or its UTF-8 is wrong. */
export function parsePayload(packet: Uint8Array): string | undefined {
  const end = packet.length - TRAILER_BYTES;
  if (crc16(packet.subarray(0, end)) !== (((packet[end] ?? 0) << 8) | (packet[end + 1] ?? 0))) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(packet.subarray(HEADER_BYTES, end));
  } catch {
    return undefined;
  }
}
