import { describe, expect, it } from '@jest/globals';
import { runBounded, TookTooLongError } from './bounded-run.js';

describe('work within a time limit', () => {
  it('returns what the work returns and throws what it throws', () => {
    expect(runBounded(() => 42, 100)).toBe(42);
    const thrower = () => {
      throw new TypeError('broken');
    };
    expect(() => runBounded(thrower, 100)).toThrow('broken');
  });

  it('interrupts an endless loop', () => {
    const endless = () => {
      for (;;);
    };
    expect(() => runBounded(endless, 30)).toThrow(TookTooLongError);
    expect(runBounded(() => 'works on', 100)).toBe('works on');
  });

  it('interrupts a regular expression that backtracks without end', () => {
    const startedAt = Date.now();
    expect(() => runBounded(() => /^(a+)+$/.test(`${'a'.repeat(40)}!`), 50)).toThrow(TookTooLongError);
    expect(Date.now() - startedAt).toBeLessThan(2_000);
  });
});
