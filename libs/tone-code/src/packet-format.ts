/**
 * The layout of a tone-coded word, shared by encoder and decoder.
 *
 *     rising chirp | symbols: flags+length, index, CRC-8 of those two, UTF-8 bytes, CRC-16 of all | falling chirp
 *
 * One symbol is one byte: two tones sound at once for 10 ms, one for each half of the byte. Everything lies between
 * 250 and 3,400 Hz, so a telephone's 8 kHz mu-law carries it. Two chirps, because a packet whose beginning is lost must
 * still be noticed at its end.
 */
export const CHIRP_MS = 20;
export const SYMBOL_MS = 10;
export const CHIRP_LOW_HZ = 400;
export const CHIRP_HIGH_HZ = 3300;
/** Silence after a word unless the caller asks for more. */
export const DEFAULT_GAP_MS = 20;
/** The decoder checks that it is quiet around a word. */
export const MIN_GAP_MS = 15;
export const HEADER_BYTES = 3;
export const TRAILER_BYTES = 2;
/** Longer words are split over several packets, marked `continues`. */
export const MAX_PAYLOAD_BYTES = 60;
export const MAX_PACKET_MS = packetMs(MAX_PAYLOAD_BYTES);

const LOWEST_TONE_HZ = 250;
const TONE_SPACING_HZ = 100;
export const TONES_PER_GROUP = 16;

/** Length of a packet in ms, without the gap after it. */
export function packetMs(payloadBytes: number): number {
  return 2 * CHIRP_MS + SYMBOL_MS * (HEADER_BYTES + payloadBytes + TRAILER_BYTES);
}

/**
 * Frequency of tone 0..31. Every tone is an odd multiple of 50 Hz: a slip of 5 or 10 ms then turns its phase by a
 * quarter or half a cycle, so the comparison with the expected waveform always sees it.
 */
export function toneHz(tone: number): number {
  return LOWEST_TONE_HZ + TONE_SPACING_HZ * tone;
}

/** Value of a symbol on the air: masked by its place, so that equal bytes in a row sound different. */
export function maskByte(byte: number, place: number): number {
  return byte ^ (hash(place) & 0xff);
}

/** Start phase of a symbol's tone in radians, different at each place. */
export function tonePhase(place: number, group: 0 | 1): number {
  return (((hash(place) >>> (8 + 8 * group)) & 0xff) / 256) * 2 * Math.PI;
}

function hash(place: number): number {
  let value = Math.imul(place + 1, 0x9e3779b1);
  value = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}
