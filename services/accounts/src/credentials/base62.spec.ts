import { describe, expect, it } from '@jest/globals';
import { isRandomBase62, randomBase62, RANDOM_LENGTH, toBase62 } from './base62.js';

describe('base62', () => {
  it('has a fixed width', () => {
    expect(toBase62(0n, 3)).toBe('000');
    expect(toBase62(61n, 3)).toBe('00z');
    expect(toBase62(62n ** 3n - 1n, 3)).toBe('zzz');
    expect(() => toBase62(62n ** 3n, 3)).toThrow(RangeError);
  });

  it('holds every value of 256 bits in 43 characters', () => {
    expect(toBase62(2n ** 256n - 1n, RANDOM_LENGTH)).toHaveLength(RANDOM_LENGTH);
    expect(isRandomBase62(randomBase62())).toBe(true);
  });
});
