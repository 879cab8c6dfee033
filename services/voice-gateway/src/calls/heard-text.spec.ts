import { describe, expect, it } from '@jest/globals';
import { heardText } from './heard-text.js';

describe('heardText', () => {
  const text = 'one two three four';
  // A word a second, each mark set when its audio begins.
  const marks = [
    { audioMs: 0, textLength: 3 },
    { audioMs: 1000, textLength: 7 },
    { audioMs: 2000, textLength: 13 },
    { audioMs: 3000, textLength: 18 },
  ];

  it('is everything when everything was played', () => {
    expect(heardText(text, marks, 4000, 4000)).toBe(text);
  });

  it('is nothing when nothing was played', () => {
    expect(heardText(text, marks, 4000, 0)).toBe('');
  });

  it('ends with the last word whose audio was played to its end', () => {
    expect(heardText(text, marks, 4000, 2000)).toBe('one two');
    expect(heardText(text, marks, 4000, 2999)).toBe('one two');
    expect(heardText(text, marks, 4000, 3000)).toBe('one two three');
  });

  it('spreads the time of a long piece of text over its characters', () => {
    const single = [{ audioMs: 0, textLength: text.length }];
    expect(heardText(text, single, 4000, 2000)).toBe('one two');
  });

  it('counts text that came ahead of its audio from where that audio begins', () => {
    const early = [
      { audioMs: 0, textLength: 3 },
      { audioMs: 0, textLength: 7 },
      { audioMs: 1000, textLength: 18 },
    ];
    expect(heardText(text, early, 3000, 500)).toBe('one');
    expect(heardText(text, early, 3000, 1000)).toBe('one two');
  });

  it('never cuts a word in two', () => {
    for (let playedMs = 0; playedMs <= 4000; playedMs += 7) {
      const heard = heardText(text, marks, 4000, playedMs);
      expect(
        text
          .split(' ')
          .slice(0, heard === '' ? 0 : heard.split(' ').length)
          .join(' '),
      ).toBe(heard);
    }
  });

  it.each([
    ['Japanese', '東京の天気は晴れです。明日は雨が降るでしょう。', '東京の天気は晴れです。'],
    ['Chinese', '今天天气很好，我们去公园吧。', '今天天气很好，'],
    ['Thai', 'วันนี้อากาศดีมากครับ', 'วันนี้'],
    ['Lao', 'ມື້ນີ້ອາກາດດີຫຼາຍ', 'ມື້ນີ້'],
    ['Khmer', 'ថ្ងៃនេះអាកាសធាតុល្អណាស់', 'ថ្ងៃនេះ'],
    ['Burmese', 'ဒီနေ့ ရာသီဥတုကောင်းတယ်', 'ဒီနေ့'],
  ])('is half of what half of was played, in %s as well', (_, said, heard) => {
    expect(heardText(said, [{ audioMs: 0, textLength: said.length }], 6_000, 3_000)).toBe(heard);
  });
});
