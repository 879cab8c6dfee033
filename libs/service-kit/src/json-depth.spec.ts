import { describe, expect, it } from '@jest/globals';
import { jsonDepth } from './json-depth.js';

describe('the depth of JSON', () => {
  it.each([
    ['1', 0],
    ['{}', 1],
    ['[{"a":[]}]', 3],
    ['["[[[\\"[["]', 1],
    ['[[],[]]', 2],
    ['['.repeat(1_000), 1_000],
  ])('of %s is known without parsing it', (text, depth) => {
    expect(jsonDepth(text)).toBe(depth);
  });
});
