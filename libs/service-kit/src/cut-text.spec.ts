import { describe, expect, it } from '@jest/globals';
import { cutText, lastOfText } from './cut-text.js';

const FAMILY = '👨‍👩‍👧‍👦';

describe.each([
  ['letters', 'abc', ['a', 'b', 'c']],
  ['letters outside of the basic plane', '𠮷野𠮷', ['𠮷', '野', '𠮷']],
  ['letters with their marks', 'e\u0301a\u0308\u0323', ['e\u0301', 'a\u0308\u0323']],
  ['emoji of several', `a${FAMILY}👍🏽`, ['a', FAMILY, '👍🏽']],
  ['flags', '🇯🇵🇰🇷', ['🇯🇵', '🇰🇷']],
  ['Hangul in parts', '\u1112\u1161\u11ab\u1100\u1173\u11af', ['\u1112\u1161\u11ab', '\u1100\u1173\u11af']],
])('cutting %s', (_, text, characters) => {
  it('keeps every character whole, whatever the length', () => {
    for (let length = 0; length <= text.length + 1; length++) {
      const starts = characters.map((_character, n) => characters.slice(0, n + 1).join(''));
      const ends = characters.map((_character, n) => characters.slice(n).join(''));
      const longest = (parts: string[]) =>
        ['', ...parts].filter((part) => part.length <= length).toSorted((a, b) => b.length - a.length)[0];
      expect(cutText(text, length)).toBe(longest(starts));
      expect(lastOfText(text, length)).toBe(longest(ends));
    }
  });

  it('does so in the midst of a long text', () => {
    const long = text.repeat(2_000);
    for (let length = 2_000; length < 2_040; length++) {
      for (const cut of [cutText(long, length), lastOfText(long, length)]) {
        expect(cut.length).toBeLessThanOrEqual(length);
        expect(cut.length).toBeGreaterThan(length - 12);
      }
      expect(long.startsWith(cutText(long, length)) && long.endsWith(lastOfText(long, length))).toBe(true);
    }
  });
});

it('cuts a letter with marks without end, and no pair of surrogates', () => {
  const endless = `a${'\u0301'.repeat(500)}`;
  expect(cutText(endless, 300)).toHaveLength(300);
  expect(lastOfText(endless, 300)).toHaveLength(300);
  const joined = '👩\u200d'.repeat(300);
  for (let length = 400; length < 406; length++) {
    expect(cutText(joined, length).isWellFormed()).toBe(true);
    expect(lastOfText(joined, length).isWellFormed()).toBe(true);
  }
});
