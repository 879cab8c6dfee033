import { describe, expect, it } from '@jest/globals';
import { AudioBudget } from './audio-budget.js';

const FRAME_MS = 20;
const FRAME_BYTES = 640;

/** Sends frames of 20 ms at a multiple of real time. How many ms of audio were taken, and when the first was not. */
function send(speed: number, durationMs: number, budget = new AudioBudget(0), fromMs = 0) {
  let takenMs = 0;
  let firstDroppedAt: number | undefined;
  for (let at = 0; at < durationMs; at += FRAME_MS / speed) {
    if (budget.take(FRAME_BYTES, fromMs + at)) takenMs += FRAME_MS;
    else firstDroppedAt ??= at;
  }
  return { takenMs, firstDroppedAt };
}

describe('audio', () => {
  it.each([1, 2, 3])('at %d times real time is taken for as long as it lasts', (speed) => {
    expect(send(speed, 600_000).firstDroppedAt).toBeUndefined();
  });

  it('at 4 times real time is taken for more than 5 s, and then down to 3 times real time', () => {
    const { takenMs, firstDroppedAt } = send(4, 60_000);
    expect(firstDroppedAt).toBeGreaterThan(5_000);
    expect(takenMs).toBeGreaterThan(3 * 60_000 - 100);
    expect(takenMs).toBeLessThanOrEqual(3 * 60_000 + 15_000);
  });

  it('of a whole file at once is taken up to 15 s', () => {
    expect(send(1_000_000, 1).takenMs).toBe(15_000);
  });

  it('kept by a client for 10 s and sent again at once is taken, every time it comes back within the hour', () => {
    const budget = new AudioBudget(0);
    for (let minute = 0; minute < 60; minute++) {
      for (let i = 0; i < 500; i++) expect(budget.take(FRAME_BYTES, minute * 60_000)).toBe(true);
      expect(send(1, 60_000, budget, minute * 60_000).firstDroppedAt).toBeUndefined();
    }
  });

  it('is taken again when a client that was too fast has slowed down', () => {
    const budget = new AudioBudget(0);
    expect(send(100, 1_000, budget).firstDroppedAt).toBeDefined();
    expect(send(1, 10_000, budget, 2_000).firstDroppedAt).toBeUndefined();
  });
});
