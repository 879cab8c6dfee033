/** How much one call may leave in the record. With what is said and with tools within their limits it takes many hours to get there. */

export const MAX_RECORD_BYTES = 64 * 1024 * 1024;
/** `transcripts` gives a conversation 100,000 numbers; some are left for the turns that a call's end closes. */
export const MAX_RECORD_EVENTS = 99_000;

export const RECORD_FULL = `The record of a conversation has at most ${MAX_RECORD_BYTES / 1024 / 1024} MB and ${MAX_RECORD_EVENTS} turns, and this one is full. Start another call.`;
