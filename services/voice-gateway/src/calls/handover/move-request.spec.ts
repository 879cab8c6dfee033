import { describe, expect, it } from '@jest/globals';
import { MoveRequest } from './move-request.js';

describe('a call that is asked to move', () => {
  const request = new MoveRequest(1_000, 500);
  const dueFrom = (moment: { isQuiet: boolean; isCovered: boolean }) =>
    Array.from({ length: 2_000 }, (_, ms) => 1_000 + ms).find((now) => request.isDue(now, moment));

  it('does so at a quiet moment from which it can be taken up again', () => {
    expect(dueFrom({ isQuiet: true, isCovered: true })).toBe(1_000);
  });

  it('makes do with a quiet moment after a while, and with any in the end', () => {
    expect(dueFrom({ isQuiet: true, isCovered: false })).toBe(1_500);
    expect(dueFrom({ isQuiet: false, isCovered: true })).toBe(2_000);
  });
});
