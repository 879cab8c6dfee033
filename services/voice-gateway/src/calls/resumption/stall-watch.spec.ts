import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { StallWatch, type StallSituation } from './stall-watch.js';

const speech = { since: 0, until: 0 };
const waiting = { playsUntil: undefined, awaitingAnswer: true, speech };
const idle = { playsUntil: undefined, awaitingAnswer: false, speech };

describe('a model that has gone dead', () => {
  let watch: StallWatch;
  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
    watch = new StallWatch();
  });

  /** Whether it is noticed within so many seconds in which it is looked at once a second. */
  const noticed = (seconds: number, situation: StallSituation) => {
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
    expect(noticed(12, { playsUntil: 5_000, awaitingAnswer: false, speech })).toBe(false);
    expect(noticed(3, { playsUntil: 5_000, awaitingAnswer: false, speech })).toBe(true);
  });

  const due = { playsUntil: 0, awaitingAnswer: false, speech };

  it.each([
    ['a text is written', () => watch.did({ type: 'provider.text', text: 'order?' })],
    ['a tool has answered', () => watch.did({ type: 'provider.toolResults', results: [] })],
    ['a tool that it waited for is given up', () => watch.did({ type: 'tool.abort', id: '1' })],
    ['it is told what it missed', () => watch.gaveWork()],
  ])('is not suspected while a model may think, when %s after a long silence', (_when, give) => {
    watch.sawOutput();
    jest.advanceTimersByTime(60_000);
    give();
    expect(noticed(12, due)).toBe(false);
    expect(noticed(5, due)).toBe(true);
  });

  it('is not suspected of a call that the model has just made without a word', () => {
    watch.sawOutput();
    jest.advanceTimersByTime(60_000);
    watch.saw({ type: 'provider.toolCalls', calls: [] });
    expect(noticed(7, due)).toBe(false);
    expect(noticed(3, due)).toBe(true);
  });

  it('is not suspected while the caller talks, but is in a noise that never ends', () => {
    watch.reattached(false);
    const talking = () => ({ ...waiting, speech: { since: 1, until: Date.now() } });
    const seconds = (count: number) => {
      for (let n = 0; n < count; n++) {
        jest.advanceTimersByTime(1_000);
        if (watch.isStalled(Date.now(), talking())) return true;
      }
      return false;
    };
    expect(seconds(20)).toBe(false);
    expect(seconds(20)).toBe(true);
  });
});
