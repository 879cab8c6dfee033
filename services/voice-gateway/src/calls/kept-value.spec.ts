import { describe, expect, it } from '@jest/globals';
import { keptValue } from './kept-value.js';

describe('what is kept of a tool call', () => {
  it.each([{ a: [1] }, null, undefined, 'x'.repeat(63_998)])('is all of it, up to 64,000 bytes', (value) => {
    expect(keptValue(value)).toBe(value);
  });

  it('is the beginning of what is longer', () => {
    expect(keptValue({ text: 'é'.repeat(32_000) })).toEqual({
      truncated: '64011 bytes of JSON are more than a transcript keeps',
      beginning: `{"text":"${'é'.repeat(3_991)}`,
    });
  });
});
