import { MAX_MESSAGE_BYTES } from '../protocol/constants.js';
import type { ClientMessage } from '../protocol/messages.js';
import { VoiceError } from './voice-error.js';

/** Messages that wait for a connection, at most this many. */
const MAX_WAITING = 64;

/** Texts and tool results that come while there is no connection wait here; of playback positions only the newest counts. */
export class ControlQueue {
  readonly #waiting: string[] = [];
  readonly #positions = new Map<number, string>();

  /** @throws VoiceError `resource_exhausted` when too much waits already. */
  add(message: ClientMessage, encoded: string): void {
    if (message.type === 'playback.position') {
      this.#positions.set(message.turn, encoded);
      const oldest = this.#positions.keys().next().value;
      if (this.#positions.size > MAX_WAITING && oldest !== undefined) this.#positions.delete(oldest);
      return;
    }
    if (this.#waiting.length >= MAX_WAITING) {
      const text = 'Too many messages wait for the connection to come back.';
      throw new VoiceError({ kind: 'resource_exhausted', message: text, retryable: true });
    }
    this.#waiting.push(encoded);
  }

  /** Everything that waits, tool results and texts in their order first. */
  take(): string[] {
    const all = [...this.#waiting.splice(0), ...this.#positions.values()];
    this.#positions.clear();
    return all;
  }
}

/** @throws VoiceError `invalid_argument` when the gateway would refuse the message for its size. */
export function encodeMessage(message: ClientMessage, field: string): string {
  const encoded = JSON.stringify(message);
  // No UTF-16 unit takes more than three bytes in UTF-8, so short strings need no exact count.
  const fits = encoded.length * 3 <= MAX_MESSAGE_BYTES || new TextEncoder().encode(encoded).length <= MAX_MESSAGE_BYTES;
  if (fits) return encoded;
  const text = `The ${field} is larger than ${MAX_MESSAGE_BYTES / 1024} KiB.`;
  throw new VoiceError({ kind: 'invalid_argument', message: text, field, retryable: false });
}
