import { describe, expect, it } from '@jest/globals';
import { CircuitBreakers } from './circuit-breakers.js';

function opened(): CircuitBreakers {
  const breakers = new CircuitBreakers();
  for (let failure = 0; failure < 5; failure++) {
    expect(breakers.tryEnter('tool', 0)).toBe(true);
    breakers.record('tool', 'down', 0);
  }
  return breakers;
}

describe('a circuit', () => {
  it('opens after five failures in a row, for its tool only', () => {
    const breakers = opened();
    expect(breakers.tryEnter('tool', 14_999)).toBe(false);
    expect(breakers.tryEnter('other', 0)).toBe(true);
  });

  it('counts failures in a row only', () => {
    const breakers = new CircuitBreakers();
    for (let round = 0; round < 10; round++) breakers.record('tool', round % 4 === 3 ? 'up' : 'down', 0);
    expect(breakers.tryEnter('tool', 0)).toBe(true);
  });

  it('lets one call through after 15 s, and closes when that succeeds', () => {
    const breakers = opened();
    expect(breakers.tryEnter('tool', 15_000)).toBe(true);
    expect(breakers.tryEnter('tool', 15_001)).toBe(false);
    breakers.record('tool', 'up', 15_100);
    expect(breakers.tryEnter('tool', 15_101)).toBe(true);
    expect(breakers.tryEnter('tool', 15_102)).toBe(true);
  });

  it('stays open for another 15 s when the trial fails, or its end is never told', () => {
    const failed = opened();
    expect(failed.tryEnter('tool', 15_000)).toBe(true);
    failed.record('tool', 'down', 16_000);
    expect(failed.tryEnter('tool', 30_999)).toBe(false);
    expect(failed.tryEnter('tool', 31_000)).toBe(true);
    expect(failed.tryEnter('tool', 45_999)).toBe(false);
    expect(failed.tryEnter('tool', 46_000)).toBe(true);
  });
});
