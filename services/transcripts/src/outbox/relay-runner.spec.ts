import { describe, expect, it } from '@jest/globals';
import { backoffMs } from './relay-runner.js';

describe('backoff of the relay', () => {
  it('doubles from 200 ms to 5 s', () => {
    expect([1, 2, 3, 4, 5, 6, 50, 5_000].map((failures) => backoffMs(failures, 1))).toEqual([
      200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000,
    ]);
  });

  it('is up to a quarter shorter by chance, so that replicas spread', () => {
    expect(backoffMs(1, 0)).toBe(150);
  });
});
