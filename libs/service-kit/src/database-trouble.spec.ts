import { expect, it } from '@jest/globals';
import { DatabaseTrouble } from './database-trouble.js';

it.each([
  ['53100', /disk is full.*try again later/],
  ['53200', /no memory left/],
  ['53300', /no connection left/],
  ['58030', /can't read or write its disk/],
  ['25006', /only answers reads/],
])('tells the caller of SQLSTATE %s as something that passes', (code, sentence) => {
  const { error } = new DatabaseTrouble().seen(Object.assign(new Error('no'), { code }))!;
  expect(error).toMatchObject({ kind: 'unavailable', retryable: true, retryAfterMs: 5_000 });
  expect(error.message).toMatch(sentence);
});

it.each(['23505', 'constructor', undefined])('says nothing of other errors: %s', (code) => {
  expect(new DatabaseTrouble().seen(Object.assign(new Error('no'), { code }))).toBeUndefined();
});

it('gives a line for the log once as long as it lasts, and health a sentence until 30 s after the last time', () => {
  let now = 0;
  const trouble = new DatabaseTrouble(() => now);
  const full = Object.assign(new Error('no'), { code: '53100' });
  expect(() => trouble.check()).not.toThrow();
  expect(trouble.seen(full)?.line).toMatch(/make room/);
  now = 20_000;
  expect(trouble.seen(full)?.line).toBeUndefined();
  now = 49_000;
  expect(() => trouble.check()).toThrow(/make room/);
  now = 50_000;
  expect(() => trouble.check()).not.toThrow();
  expect(trouble.seen(full)?.line).toMatch(/make room/);
});
