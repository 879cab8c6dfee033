import { describe, expect, it } from '@jest/globals';
import { otherPort } from './ports.js';

describe('ports to take instead', () => {
  it('are none that is configured, and each another', () => {
    const taken = new Set([3000, 3001, 4001, 8002, 65_500, 65_535]);
    const suggested = [3000, 3001, 4001, 65_500, 65_535].map((port) => otherPort(port, taken));
    expect(suggested).toEqual([8000, 8001, 8003, 8004, 8005]);
    expect(otherPort(50_050, taken)).toBe(50_150);
  });
});
