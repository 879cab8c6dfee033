import { buildPacket } from './packet.js';
import { DEFAULT_GAP_MS, MAX_PAYLOAD_BYTES, MIN_GAP_MS } from './packet-format.js';
import { synthesizePacket } from './waveform.js';

export interface EncodeOptions {
  /** Rate of the samples made, 8,000 Hz or more. */
  sampleRateHz: number;
  /** Silence after each word in ms, at least 15, 20 by default. */
  gapMs?: number;
}

export interface EncodeWordOptions extends EncodeOptions {
  /** Number of the word in its utterance, from 0. Kept modulo 256. */
  index: number;
  /** The utterance ends with this word, so a listener knows that nothing is missing after it. */
  last?: boolean;
}

export interface EncodedWord {
  text: string;
  /** Mono s16 samples at the rate asked for: the word and the gap after it. */
  samples: Int16Array<ArrayBuffer>;
  /** The `index` for the next word (a long word takes several packets). */
  nextIndex: number;
}

/** Tone-codes a whole text, word by word. White space of any kind becomes one space for the listener. */
export function encodeUtterance(text: string, options: EncodeOptions): Int16Array<ArrayBuffer> {
  return concatenate(encodeWords(text, options).map((word) => word.samples));
}

/** As `encodeUtterance`, but keeps the words apart, for a sender that streams each with its transcript. */
export function encodeWords(text: string, options: EncodeOptions & { firstIndex?: number }): EncodedWord[] {
  const words = splitWords(text);
  let index = options.firstIndex ?? 0;
  return words.map((word, position) => {
    const encoded = encodeWord(word, { ...options, index, last: position === words.length - 1 });
    index = encoded.nextIndex;
    return encoded;
  });
}

/** Tone-codes one word. Throws a RangeError for an empty word or a rate below 8,000 Hz. */
export function encodeWord(word: string, options: EncodeWordOptions): EncodedWord {
  const { sampleRateHz, last = false } = options;
  if (!(sampleRateHz >= 8000)) throw new RangeError(`tone code needs at least 8,000 Hz, not ${sampleRateHz}`);
  if (word === '') throw new RangeError('an empty word cannot be tone-coded');
  const gap = new Int16Array(Math.round((Math.max(MIN_GAP_MS, options.gapMs ?? DEFAULT_GAP_MS) / 1000) * sampleRateHz));
  const innerGap = new Int16Array(Math.round((DEFAULT_GAP_MS / 1000) * sampleRateHz));
  const parts: Int16Array[] = [];
  let index = options.index;
  const chunks = splitBytes(word);
  chunks.forEach((chunk, position) => {
    const continues = position < chunks.length - 1;
    const packet = buildPacket(chunk, { index, continues, last: last && !continues });
    parts.push(toInt16(synthesizePacket(packet, sampleRateHz)), continues ? innerGap : gap);
    index = (index + 1) & 0xff;
  });
  return { text: word, samples: concatenate(parts), nextIndex: index };
}

export function splitWords(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== '');
}

/** UTF-8 of the word in pieces that fit a packet, never cut inside a character. */
function splitBytes(word: string): Uint8Array[] {
  const encoder = new TextEncoder();
  const chunks: Uint8Array[] = [];
  let current = '';
  let currentBytes = 0;
  for (const character of word.toWellFormed()) {
    const bytes = encoder.encode(character).length;
    if (currentBytes + bytes > MAX_PAYLOAD_BYTES) {
      chunks.push(encoder.encode(current));
      current = '';
      currentBytes = 0;
    }
    current += character;
    currentBytes += bytes;
  }
  chunks.push(encoder.encode(current));
  return chunks;
}

function toInt16(samples: Float32Array): Int16Array<ArrayBuffer> {
  return Int16Array.from(samples, (sample) => Math.round(sample * 32767));
}

function concatenate(parts: Int16Array[]): Int16Array<ArrayBuffer> {
  const all = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
