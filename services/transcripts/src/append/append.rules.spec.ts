import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from './append.requests.js';
import { newEvents, refuseReplacedHolder, type StoredState } from './append.rules.js';

const turn = (sequence: number) => ({ sequence, kind: 'turn' }) as RecordedEvent;
const end = (sequence: number) => ({ sequence, kind: 'conversation.ended' }) as RecordedEvent;
const state = (changes: Partial<StoredState> = {}): StoredState => ({
  known: new Set([1]),
  lastSequence: 1,
  endedSequence: null,
  ...changes,
});
const numbers = (events: RecordedEvent[]) => events.map((event) => event.sequence);
const refused = expect.objectContaining({ kind: 'failed_precondition' });

describe('newEvents', () => {
  it('leaves out what is known', () => {
    expect(numbers(newEvents(state({ known: new Set([1, 2, 4]) }), [turn(2), turn(3), turn(4)]))).toEqual([3]);
  });

  it('takes a turn behind a gap', () => {
    expect(numbers(newEvents(state(), [turn(9)]))).toEqual([9]);
  });

  it('takes a late turn whose place is before the end', () => {
    expect(numbers(newEvents(state({ endedSequence: 5 }), [turn(4)]))).toEqual([4]);
  });

  it('refuses a turn after the end, be it stored or in the same request', () => {
    expect(() => newEvents(state({ endedSequence: 5 }), [turn(6)])).toThrow(refused);
    expect(() => newEvents(state(), [end(5), turn(6)])).toThrow(refused);
  });

  it('refuses a second end', () => {
    expect(() => newEvents(state({ endedSequence: 5 }), [end(4)])).toThrow(refused);
    expect(() => newEvents(state(), [end(4), end(5)])).toThrow(refused);
  });

  it('refuses an end before a stored event', () => {
    expect(() => newEvents(state({ lastSequence: 7 }), [end(6)])).toThrow(refused);
    expect(numbers(newEvents(state({ lastSequence: 7 }), [end(8)]))).toEqual([8]);
  });

  it('skips the known end when it is sent again', () => {
    expect(newEvents(state({ known: new Set([1, 5]), endedSequence: 5 }), [end(5)])).toEqual([]);
  });
});

describe('refuseReplacedHolder', () => {
  it('refuses a lower fence for good and names the field', () => {
    expect(() => refuseReplacedHolder(2, 1)).toThrow(
      expect.objectContaining({
        kind: 'failed_precondition',
        retryable: false,
        violations: [{ field: 'fence', message: 'must be at least 2' }],
      }),
    );
  });

  it('lets the same holder and later ones go on', () => {
    for (const fence of [0, 1, 2]) refuseReplacedHolder(0, fence);
    refuseReplacedHolder(2, 2);
  });
});
