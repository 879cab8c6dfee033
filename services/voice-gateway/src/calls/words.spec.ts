import { describe, expect, it } from '@jest/globals';
import { joinWords, lastWords, wholeWords } from './words.js';

const TEXTS: [string, string[]][] = [
  ['English', ['Well,', ' at', ' 10:30,', ' and/or', " o'clock", ' 👍🏽👍🏽', ' 3.5', ' %.']],
  ['Korean', ['오늘은', ' 날씨가', ' 좋습니다.']],
  ['Japanese', ['東京', 'の', '天気', 'は', '晴れ', 'です', '。', '明日', 'は', '雨', 'が', '降る']],
  ['Chinese', ['今天', '天气', '很好', '，', '我们', '去', '公园', '吧', '。']],
  ['Thai', ['วัน', 'นี้', 'อากาศ', 'ดี', 'มาก', 'ครับ']],
  ['Lao', ['ມື້ນີ້', 'ອາກາດ', 'ດີ', 'ຫຼາຍ']],
  ['Khmer', ['ថ្ងៃនេះ', 'អាកាសធាតុ', 'ល្អ', 'ណាស់']],
  ['Burmese', ['ဒီ', 'နေ့', ' ရာသီဥတု', 'ကောင်း', 'တယ်']],
  ['a mixture', ['予約', 'は', '10:30', ' OK,', ' 田中', 'さん']],
  ['letters outside of the basic plane', ['𠮷', '野', 'さん', 'です']],
];

describe.each(TEXTS)('words of %s', (_, words) => {
  const text = words.join('');
  const beginnings = words.map((_word, n) => words.slice(0, n + 1).join(''));

  it('are whole in every beginning of the text, and as many as fit', () => {
    for (let length = 0; length <= text.length; length++)
      expect(wholeWords(text, length)).toBe(beginnings.findLast((beginning) => beginning.length <= length) ?? '');
  });

  it('are whole in every end of the text, and as many as fit', () => {
    const ends = words.map((_word, n) => words.slice(n).join('').trimStart());
    for (let length = 1; length < text.length; length++)
      expect(lastWords(text, length)).toBe(ends.find((end) => end.length <= length) ?? '');
  });
});

it('are found in a long text without any space', () => {
  const sentence = '東京の天気は晴れです。';
  const text = sentence.repeat(2_000);
  expect(wholeWords(text, 10_000).length).toBeGreaterThan(9_990);
  expect(lastWords(text, 10_000).length).toBeGreaterThan(9_990);
});

describe('what goes on with what was said before', () => {
  it.each([
    ['It is', 'noon.', ' noon.'],
    ['It is ', 'noon.', 'noon.'],
    ['It is', ' noon.', ' noon.'],
    ['', 'Noon.', 'Noon.'],
    ['少々お待ちください。', '正午です。', '正午です。'],
    ['รอสักครู่', 'เที่ยงแล้ว', 'เที่ยงแล้ว'],
    ['잠시만요.', '정오입니다.', ' 정오입니다.'],
  ])('%p and %p: stands behind a space where words have one between them', (before, next, joined) => {
    expect(joinWords(before, next)).toBe(joined);
  });
});
