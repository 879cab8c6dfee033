import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { StallWatch } from './stall-watch.js';

const waiting = { playsUntil: undefined, awaitingAnswer: true };
const idle = { playsUntil: undefined, awaitingAnswer: false };

describe('a model that has gone dead', () => {
  let watch: StallWatch;
  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
    watch = new StallWatch();
  });

  /** Whether it is noticed within so many seconds in which it is looked at once a second. */
  const noticed = (seconds: number, situation: { playsUntil: number | undefined; awaitingAnswer: boolean }) => {
    for (let n = 0; n < seconds; n++) {
      jest.advanceTimersByTime(1_000);
      if (watch.isStalled(Date.now(), situation)) return true;
    }
    return false;
  };

  it('is noticed behind a poisoned handle once something was transcribed and nothing answered', () => {
    watch.reattached(false);
    expect(noticed(60, idle)).toBe(false);
    expect(noticed(8, waiting)).toBe(false);
    expect(noticed(3, waiting)).toBe(true);
  });

  it('is not suspected in a session that has answered since it was taken up, nor in a fresh one', () => {
    watch.reattached(false);
    watch.sawOutput();
    expect(noticed(60, waiting)).toBe(false);
    watch.reattached(true);
    expect(noticed(60, waiting)).toBe(false);
  });

  it('is noticed in the middle of a turn when nothing comes after all has been played', () => {
    watch.sawOutput();
    expect(noticed(12, { playsUntil: 5_000, awaitingAnswer: false })).toBe(false);
    expect(noticed(3, { playsUntil: 5_000, awaitingAnswer: false })).toBe(true);
  });
});
