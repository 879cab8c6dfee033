/**
 * Almost every message of a model that speaks is one piece of audio in the same few words of JSON. Once one of them has been parsed, the
 * next that has the same words around its audio need not be: its base64 is all that there is to read. That saves parsing a string as long
 * as the audio, twice over, for each piece.
 */
import type { LiveServerMessage } from '@google/genai';
import { decodeAudio } from './gemini-messages.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Longer words than these are not the ones that come with every piece. */
const MAX_WORDS_BYTES = 1024;

export class AudioShape {
  private before = Buffer.alloc(0);
  private after = Buffer.alloc(0);

  /** The audio, as a frame to the client, of a message that holds nothing else. Undefined: the message must be parsed. */
  read(data: Buffer): Buffer | undefined {
    const { before, after } = this;
    const end = data.length - after.length;
    if (before.length === 0 || end < before.length) return undefined;
    if (before.compare(data, 0, before.length) !== 0 || after.compare(data, end) !== 0) return undefined;
    // The string ends where it ended before, and stands for itself.
    if (data.indexOf(QUOTE, before.length) !== end) return undefined;
    const base64 = data.toString('latin1', before.length, end);
    return base64.includes('\\') ? undefined : decodeAudio(base64);
  }

  /** Remembers the words around the audio of a parsed message, if there is nothing else in it. */
  learn(data: Buffer, message: LiveServerMessage): void {
    const base64 = onlyAudio(message);
    if (base64 === undefined || data.length - base64.length > MAX_WORDS_BYTES) return;
    const start = data.indexOf(base64, 0, 'latin1');
    if (start < 0 || data[start + base64.length] !== QUOTE || data.includes(BACKSLASH)) return;
    this.before = Buffer.from(data.subarray(0, start));
    this.after = Buffer.from(data.subarray(start + base64.length));
  }
}

function onlyAudio(message: LiveServerMessage): string | undefined {
  const content = message.serverContent;
  if (!content || !hasOnly(message, ['serverContent']) || !hasOnly(content, ['modelTurn'])) return undefined;
  const [part, ...others] = content.modelTurn?.parts ?? [];
  if (!part?.inlineData?.mimeType?.startsWith('audio/pcm') || others.length > 0 || !hasOnly(part, ['inlineData']))
    return undefined;
  return part.inlineData.data || undefined;
}

function hasOnly(value: object, names: string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name));
}
