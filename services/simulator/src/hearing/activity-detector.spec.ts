import { describe, expect, it } from '@jest/globals';
import { ActivityDetector } from './activity-detector.js';

const RATE = 16_000;
const tone = (ms: number, amplitude = 5_000) =>
  Int16Array.from({ length: 16 * ms }, (_, n) => amplitude * Math.sin(n / 3));
const quiet = (ms: number) => new Int16Array(16 * ms);

function changes(settings: { startMs: number; silenceMs: number }, ...parts: Int16Array[]): string[] {
  const detector = new ActivityDetector(settings, RATE);
  const found: string[] = [];
  let atMs = 0;
  for (const part of parts) {
    for (let n = 0; n < part.length; n += 160) {
      const change = detector.push(part.subarray(n, n + 160));
      atMs += 10;
      if (change) found.push(`${change} at ${atMs}`);
    }
  }
  return found;
}

describe('ActivityDetector', () => {
  it('says when sound began and when it has been silent for long enough', () => {
    expect(changes({ startMs: 30, silenceMs: 500 }, quiet(100), tone(200), quiet(600))).toEqual([
      'started at 130',
      'ended at 800',
    ]);
  });

  it('bridges pauses between words and needs as much sound as it was told', () => {
    const words = [quiet(100), tone(100), quiet(300), tone(100), quiet(300), tone(100), quiet(600)];
    expect(changes({ startMs: 30, silenceMs: 500 }, ...words)).toEqual(['started at 130', 'ended at 1500']);
    expect(changes({ startMs: 200, silenceMs: 500 }, ...words)).toEqual([]);
  });

  it('gets used to steady noise', () => {
    const noise = tone(20_000, 400);
    const result = changes({ startMs: 30, silenceMs: 500 }, noise, tone(200), noise);
    expect(result).toEqual(['started at 20030', 'ended at 20700']);
  });

  it('takes a noise that sets in for one within 2 s', () => {
    const result = changes({ startMs: 30, silenceMs: 500 }, quiet(1_000), tone(10_000, 400));
    expect(result).toEqual(['started at 1030', expect.stringMatching(/^ended at 3[45]\d0$/)]);
  });
});
