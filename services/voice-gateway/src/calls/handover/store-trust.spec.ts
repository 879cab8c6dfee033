import { describe, expect, it } from '@jest/globals';
import { StoreTrust } from './store-trust.js';

describe('what the leases in a store say', () => {
  it('counts once the store has answered for 3 s, and not while it is away or has just come back', () => {
    let now = 0;
    const trust = new StoreTrust(() => now);
    const settledAt = (at: number) => {
      now = at;
      return trust.isSettled;
    };
    expect(settledAt(10_000)).toBe(false);
    trust.answered();
    expect(settledAt(12_999)).toBe(false);
    trust.answered();
    expect(settledAt(13_000)).toBe(true);
    trust.failed();
    expect(settledAt(60_000)).toBe(false);
    trust.answered();
    expect(settledAt(62_999)).toBe(false);
    expect(settledAt(63_000)).toBe(true);
  });

  it('may lag behind its holders for 1 s after it was away, and is not suspected of it before', () => {
    let now = 0;
    const trust = new StoreTrust(() => now);
    trust.answered();
    expect(trust.mayLag).toBe(false);
    trust.failed();
    expect(trust.mayLag).toBe(true);
    trust.answered();
    now = 999;
    expect(trust.mayLag).toBe(true);
    now = 1_000;
    expect(trust.mayLag).toBe(false);
  });
});
