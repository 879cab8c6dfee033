import { ChirpFinder, type FoundChirp } from './chirp-finder.js';
import {
  CHIRP_MS,
  HEADER_BYTES,
  MAX_PACKET_MS,
  MAX_PAYLOAD_BYTES,
  SYMBOL_MS,
  TRAILER_BYTES,
  packetMs,
} from './packet-format.js';
import { type PacketHeader, parseHeader, parsePayload } from './packet.js';
import { SampleBuffer } from './sample-buffer.js';
import { sharedBySampleRate } from './shared-by-sample-rate.js';
import { SymbolReader } from './symbol-reader.js';
import { WINDOW_MS, soundsLike } from './waveform-check.js';

const readerFor = sharedBySampleRate((sampleRateHz) => new SymbolReader(sampleRateHz));

interface WordPlace {
  /** First sample of the word since the stream's beginning. */
  startSample: number;
  /** Sample after the word, or where its damage was noticed. */
  endSample: number;
}

export interface IntactWord extends WordPlace {
  damaged: false;
  text: string;
  /** Running number in the utterance, modulo 256. A jump means that words were lost. */
  index: number;
  /** The next packet belongs to the same word: no space between them. */
  continues: boolean;
  /** The utterance ends here. */
  last: boolean;
}

/** Something of this word arrived, but not all of it, or not in order. Its number is known if its beginning was heard. */
export interface DamagedWord extends WordPlace {
  damaged: true;
  text: null;
  index: number | null;
}

export type DecodedWord = IntactWord | DamagedWord;

interface OpenPacket {
  /** Place of its first sample; fractions count. */
  start: number;
  header?: PacketHeader;
}

/** Samples on both sides of a packet that are looked at too; the sync may be off by a few. */
const MARGIN_MS = WINDOW_MS + 3;
const FEED_MS = 100;
/** Repeated audio makes a packet longer than its header says. */
const CLOSING_CHIRP_SLACK_MS = 50;

/**
 * Finds tone-coded words in a stream of mono s16 samples. Memory is fixed (about a second of audio), silence costs
 * almost nothing. A word in which even 5 ms are missing, repeated or out of order comes out as damaged, never as text.
 */
export class ToneDecoder {
  private readonly sampleRateHz: number;
  private readonly buffer: SampleBuffer;
  private readonly finder: ChirpFinder;
  private readonly reader: SymbolReader;
  private readonly feedSamples: number;
  private packet: OpenPacket | undefined;
  /** A damaged word was reported; a closing chirp before this place is its own and must not be reported again. */
  private closingChirpUntil = 0;

  /** Throws a RangeError for a rate below 8,000 Hz. */
  constructor(options: { sampleRateHz: number }) {
    this.sampleRateHz = options.sampleRateHz;
    if (!(this.sampleRateHz >= 8000))
      throw new RangeError(`tone code needs at least 8,000 Hz, not ${this.sampleRateHz}`);
    this.feedSamples = this.toSamples(FEED_MS);
    this.buffer = new SampleBuffer(this.toSamples(MAX_PACKET_MS + 3 * FEED_MS));
    this.finder = new ChirpFinder(this.sampleRateHz);
    this.reader = readerFor(this.sampleRateHz);
  }

  /** Takes the next samples, as many or few as there are, and gives the words that ended in them. */
  push(samples: Int16Array): DecodedWord[] {
    const words: DecodedWord[] = [];
    for (let offset = 0; offset < samples.length; offset += this.feedSamples) {
      this.buffer.append(samples.subarray(offset, offset + this.feedSamples));
      this.decodeAll(words);
      this.buffer.dropBefore((this.packet?.start ?? this.finder.position) - this.toSamples(MARGIN_MS));
    }
    return words;
  }

  /** Ends the stream: a word that had begun is damaged. The decoder can be used again for a new stream. */
  flush(): DecodedWord[] {
    // Silence lets the words that had just ended be read.
    const words = this.push(new Int16Array(this.toSamples(CHIRP_MS + 2 * MARGIN_MS)));
    if (this.packet) words.push(this.damaged(this.packet, this.buffer.end));
    this.packet = undefined;
    this.closingChirpUntil = 0;
    this.buffer.dropBefore(this.buffer.end);
    this.finder.position = this.buffer.end;
    return words;
  }

  /** Goes on until more samples are needed. */
  private decodeAll(words: DecodedWord[]): void {
    while (this.packet ? this.readPacket(this.packet, words) : this.search(words));
  }

  /** Looks for a chirp. True when there is more to do. */
  private search(words: DecodedWord[]): boolean {
    const found = this.finder.next(this.buffer);
    if (!found) return false;
    if (found.kind === 'rising') {
      this.packet = { start: found.place };
      this.closingChirpUntil = 0;
    } else {
      this.takeClosingChirp(found, words);
    }
    return true;
  }

  /** A falling chirp outside a packet closes a word whose beginning was not heard. */
  private takeClosingChirp(found: FoundChirp, words: DecodedWord[]): void {
    this.finder.position = found.place + this.toSamples(CHIRP_MS - MARGIN_MS);
    if (found.place >= this.closingChirpUntil) {
      const endSample = Math.round(found.place) + this.toSamples(CHIRP_MS);
      words.push({ damaged: true, text: null, index: null, startSample: Math.round(found.place), endSample });
    }
    this.closingChirpUntil = 0;
  }

  /** Reads the header, then the whole packet. False while samples are missing. */
  private readPacket(packet: OpenPacket, words: DecodedWord[]): boolean {
    const neededMs = packet.header ? packetMs(packet.header.payloadBytes) : CHIRP_MS + SYMBOL_MS * HEADER_BYTES;
    if (this.buffer.end < packet.start + this.toSamples(neededMs + MARGIN_MS)) return false;
    if (!packet.header) {
      packet.header = parseHeader(this.readSymbols(packet, HEADER_BYTES));
      if (!packet.header) this.abandon(packet, words);
      return true;
    }
    this.finishPacket(packet, packet.header, words);
    return true;
  }

  private finishPacket(packet: OpenPacket, header: PacketHeader, words: DecodedWord[]): void {
    const bytes = this.readSymbols(packet, HEADER_BYTES + header.payloadBytes + TRAILER_BYTES);
    const text = parsePayload(bytes);
    const whole = Math.floor(packet.start);
    const samples = this.buffer.view(this.buffer.start, Infinity);
    if (
      text === undefined ||
      !soundsLike(samples, whole - this.buffer.start, bytes, this.sampleRateHz, packet.start - whole)
    ) {
      this.abandon(packet, words);
      return;
    }
    const end = packet.start + (packetMs(header.payloadBytes) / 1000) * this.sampleRateHz;
    const { index, continues, last } = header;
    words.push({ damaged: false, text, index, continues, last, startSample: whole, endSample: Math.round(end) });
    this.packet = undefined;
    this.finder.position = end - this.toSamples(MARGIN_MS);
  }

  /** Reports the word as damaged and searches on inside it: with audio missing, the next word begins early. */
  private abandon(packet: OpenPacket, words: DecodedWord[]): void {
    words.push(this.damaged(packet, this.buffer.end));
    this.packet = undefined;
    this.closingChirpUntil =
      packet.start +
      this.toSamples(CLOSING_CHIRP_SLACK_MS + packetMs(packet.header?.payloadBytes ?? MAX_PAYLOAD_BYTES));
    this.finder.position = packet.start + this.toSamples(CHIRP_MS);
  }

  private damaged(packet: OpenPacket, endSample: number): DamagedWord {
    return {
      damaged: true,
      text: null,
      index: packet.header?.index ?? null,
      startSample: Math.floor(packet.start),
      endSample,
    };
  }

  private readSymbols(packet: OpenPacket, count: number): Uint8Array {
    const samples = this.buffer.view(this.buffer.start, Infinity);
    const bytes = new Uint8Array(count);
    for (let place = 0; place < count; place++) {
      const at = packet.start + ((CHIRP_MS + SYMBOL_MS * place) / 1000) * this.sampleRateHz;
      bytes[place] = this.reader.read(samples, Math.round(at) - this.buffer.start, place);
    }
    return bytes;
  }

  private toSamples(ms: number): number {
    return Math.ceil((ms / 1000) * this.sampleRateHz);
  }
}
