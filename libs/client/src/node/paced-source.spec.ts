import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AudioClock } from './audio-clock.js';
import { PacedSource } from './paced-source.js';

function started() {
  const frames: Int16Array[] = [];
  const source = new PacedSource({ send: (frame) => frames.push(frame), frameMs: 40, clock: new AudioClock() });
  source.start();
  return { source, frames };
}

describe('PacedSource', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('sends 25 frames a second, silence when nothing is said', () => {
    const { source, frames } = started();
    jest.advanceTimersByTime(10_000);
    expect(frames).toHaveLength(250);
    expect(frames.every((frame) => frame.length === 640 && frame.every((sample) => sample === 0))).toBe(true);
    source.stop();
    jest.advanceTimersByTime(1_000);
    expect(frames).toHaveLength(250);
  });

  it('says recordings one after the other without losing or repeating a sample', async () => {
    const { source, frames } = started();
    const first = Int16Array.from({ length: 1_000 }, (_, index) => index + 1);
    const second = Int16Array.from({ length: 700 }, (_, index) => index + 5_001);
    const said = Promise.all([source.speak(first), source.speak(second)]);
    jest.advanceTimersByTime(200);
    await said;
    const sent = frames.flatMap((frame) => [...frame]);
    expect(sent.slice(0, 1_700)).toEqual([...first, ...second]);
    expect(sent.slice(1_700).every((sample) => sample === 0)).toBe(true);
    source.stop();
  });

  it('lets go of everything when it stops', async () => {
    const { source } = started();
    const said = source.speak(new Int16Array(160_000));
    source.stop();
    await expect(said).resolves.toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('refuses more than ten minutes', async () => {
    const { source } = started();
    await expect(source.speak(new Int16Array(601 * 16_000))).rejects.toMatchObject({ kind: 'resource_exhausted' });
    source.stop();
  });

  it('refuses frames that the protocol does not know', () => {
    expect(() => new PacedSource({ send: () => {}, frameMs: 500 })).toThrow(RangeError);
  });
});
