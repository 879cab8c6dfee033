import { MAX_MESSAGE_BYTES, MAX_UNACKNOWLEDGED_TEXTS } from '../protocol/constants.js';
import type { ClientMessage } from '../protocol/messages.js';
import { VoiceError } from './voice-error.js';

/** Messages that wait for a connection, at most this many. */
const MAX_WAITING = 64;

/**
 * Tool results that come while there is no connection wait here; of playback positions only the newest counts. Texts are kept until they
 * are acknowledged, also those that were sent: a gateway that dies may not have told anyone of them.
 */
export class ControlQueue {
  readonly #texts = new Map<string, string>();
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
    if (this.#waiting.length >= MAX_WAITING) throw tooMuch();
    this.#waiting.push(encoded);
  }

  /** @throws VoiceError `resource_exhausted` when too many wait for a connection already. */
  keepText(id: string, encoded: string, isSent: boolean): void {
    if (this.#texts.size >= MAX_UNACKNOWLEDGED_TEXTS) {
      if (!isSent) throw tooMuch();
      // A gateway that acknowledges nothing must not make a call end.
      this.#texts.delete(this.#texts.keys().next().value!);
    }
    this.#texts.set(id, encoded);
  }

  /** Texts that are not acknowledged, in their order. */
  get unacknowledgedTexts(): [id: string, encoded: string][] {
    return [...this.#texts];
  }

  /** The gateway has taken it, or will not. */
  forgetText(id: string): void {
    this.#texts.delete(id);
  }

  /** Everything that waits, and texts that are not acknowledged: those first, in their order. */
  take(): string[] {
    const all = [...this.#texts.values(), ...this.#waiting.splice(0), ...this.#positions.values()];
    this.#positions.clear();
    return all;
  }
}

function tooMuch(): VoiceError {
  const message = 'Too many messages wait for the connection to come back.';
  return new VoiceError({ kind: 'resource_exhausted', message, retryable: true });
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
