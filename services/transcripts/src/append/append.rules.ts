/** Which of the sent events are new, and whether they fit what is stored. Pure. */
import { DomainError } from '@orbisvoice/service-kit/errors';
import type { RecordedEvent } from './append.requests.js';

export interface StoredState {
  /** Of the sent sequence numbers those that are stored. */
  known: ReadonlySet<number>;
  /** The greatest stored sequence number. */
  lastSequence: number;
  /** The end's sequence number, null while there is none. */
  endedSequence: number | null;
}

/**
 * Known sequence numbers are skipped, whatever they carry. A turn may come after the end was stored (a late flush) when
 * its place is before it.
 * @throws DomainError `failed_precondition` when an event would follow the end, or be a second end
 */
export function newEvents(state: StoredState, sent: RecordedEvent[]): RecordedEvent[] {
  const events = sent.filter((event) => !state.known.has(event.sequence));
  let { endedSequence } = state;
  for (const event of events) {
    if (endedSequence !== null && (event.sequence > endedSequence || event.kind === 'conversation.ended')) {
      throw refusal(
        `The conversation ended with event ${endedSequence}, so event ${event.sequence} can't be part of it.`,
      );
    }
    if (event.kind !== 'conversation.ended') continue;
    if (event.sequence < state.lastSequence) {
      throw refusal(
        `Event ${state.lastSequence} is stored, so the conversation can't have ended with event ${event.sequence}.`,
      );
    }
    endedSequence = event.sequence;
  }
  return events;
}

export function notStarted(): DomainError {
  return refusal('The first event of a conversation must be `started`.');
}

/**
 * @throws DomainError `failed_precondition` on `fence` when a holder with a higher number has come since. Trying again
 * can't help: numbers only grow.
 */
export function refuseReplacedHolder(storedFence: number, fence: number): void {
  if (fence >= storedFence) return;
  throw new DomainError('failed_precondition', 'Another holder has taken the conversation over.', {
    violations: [{ field: 'fence', message: `must be at least ${storedFence}` }],
    retryable: false,
  });
}

/**
 * The conversation was ended for its holder, which lives after all. It has to claim it first: the number of the end is taken, and so is
 * perhaps that of an event it sends.
 */
export function lostMeanwhile(): DomainError {
  return new DomainError('failed_precondition', 'The conversation was ended, since its holder was not heard of.', {
    violations: [{ field: 'conversation_id', message: 'must be claimed to go on' }],
    retryable: false,
  });
}

function refusal(message: string): DomainError {
  return new DomainError('failed_precondition', message);
}
