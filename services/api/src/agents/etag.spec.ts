import { describe, expect, it } from '@jest/globals';
import { parseIfMatch, toEtag } from './etag.js';

describe('If-Match', () => {
  it('names the revision of an earlier answer, also after a proxy has weakened its tag', () => {
    expect(parseIfMatch(toEtag(7))).toBe(7);
    expect(parseIfMatch('W/"7"')).toBe(7);
  });

  it('accepts any revision when it is absent or *', () => {
    expect([parseIfMatch(undefined), parseIfMatch('*')]).toEqual([undefined, undefined]);
  });

  it.each(['7', '""', '"x"', '"7", "8"', '"-1"', '"4294967296"', ''])('refuses %s', (header) => {
    expect(() => parseIfMatch(header)).toThrow(/^If-Match: must be the ETag/);
  });
});
