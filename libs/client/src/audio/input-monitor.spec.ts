import { describe, expect, it } from '@jest/globals';
import { InputMonitor } from './input-monitor.js';

const RATE_HZ = 16_000;
const FRAME = 640;

/** Every change of quality, with the second in which it was told. */
function changes(...parts: Int16Array[]): string[] {
  const monitor = new InputMonitor(RATE_HZ);
  const told: string[] = [];
  let samples = 0;
  for (const part of parts) {
    for (let at = 0; at + FRAME <= part.length; at += FRAME) {
      const quality = monitor.push(part.subarray(at, at + FRAME));
      samples += FRAME;
      if (quality !== undefined) told.push(`${quality} after ${Math.ceil(samples / RATE_HZ)} s`);
    }
  }
  return told;
}

/** Numbers 0..1, the same every time. */
function pseudoRandom(): () => number {
  let state = 1;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

function noise(seconds: number, dbOfFullScale: number): Int16Array {
  const random = pseudoRandom();
  const amplitude = 32_768 * 10 ** (dbOfFullScale / 20) * Math.sqrt(3);
  return Int16Array.from({ length: seconds * RATE_HZ }, () => Math.round((2 * random() - 1) * amplitude));
}

/** Syllables of 200 ms with pauses of 100 ms, over the faint noise of a quiet room. */
function speech(seconds: number, amplitude: number): Int16Array {
  const room = noise(seconds, -65);
  return room.map((sample, index) => {
    const speaking = index % (0.3 * RATE_HZ) < 0.2 * RATE_HZ;
    const value = sample + (speaking ? amplitude * Math.sin(index / 4) : 0);
    return Math.max(-32_768, Math.min(32_767, Math.round(value)));
  });
}

describe('InputMonitor', () => {
  it('finds nothing wrong with speech and with a quiet room', () => {
    expect(changes(noise(5, -65), speech(10, 8_000), noise(5, -65))).toEqual([]);
  });

  it.each([-40, -30, -20])('tells noise at %d dB, with or without speech over it, and when it is gone', (level) => {
    const loud = noise(6, level);
    const voice = speech(6, 8_000);
    const both = loud.map((sample, index) => Math.max(-32_768, Math.min(32_767, sample + voice[index]!)));
    expect(changes(loud, both, noise(4, -65))).toEqual(['noisy after 3 s', 'good after 13 s']);
  });

  it('tells that nothing comes, and when something does', () => {
    expect(changes(new Int16Array(5 * RATE_HZ), speech(4, 8_000))).toEqual(['silent after 3 s', 'good after 6 s']);
  });

  it('tells a voice that is distorted, and not one loud moment', () => {
    const clap = speech(6, 8_000);
    clap.fill(32_767, 16_000, 16_400);
    expect(changes(clap)).toEqual([]);
    expect(changes(speech(6, 60_000))).toEqual(['clipping after 3 s']);
  });

  it('does not judge what came before and after a break together', () => {
    const monitor = new InputMonitor(RATE_HZ);
    const silence = new Int16Array(FRAME);
    for (let n = 0; n < 60; n++) expect(monitor.push(silence)).toBeUndefined();
    monitor.reset();
    for (let n = 0; n < 60; n++) expect(monitor.push(silence)).toBeUndefined();
  });
});
