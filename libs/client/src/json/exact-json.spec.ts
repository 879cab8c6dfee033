import { describe, expect, it } from '@jest/globals';
import { numberText, parseExactJson, withDoubles } from './exact-json.js';

const roundTrip = (text: string) => JSON.stringify(parseExactJson(text));

describe('exact JSON', () => {
  it.each([
    '2512292042121000001',
    '-9007199254740993',
    '9007199254740991',
    '3.141592653589793238462643',
    '0.1000000000000000055',
    '1e400',
    '-1E+400',
    '1e-400',
    '-0',
    '-0.0',
    '1e99999999999999999999',
    '123456789012345678901234567890.5',
  ])('writes %s as it was read, in lists and objects too', (number) => {
    expect(roundTrip(number)).toBe(number);
    expect(roundTrip(`{"a":[1,{"b":${number}}],"c":"${number}"}`)).toBe(`{"a":[1,{"b":${number}}],"c":"${number}"}`);
  });

  it.each([
    ['1e3', 1000],
    ['0e5', 0],
    ['0.10000000000000000', 0.1],
    ['1000000000000000000000000', 1e24],
    ['12345678901234567890e-30', undefined],
    ['9007199254740992', 9007199254740992],
    ['0.1', 0.1],
  ])('%s is an ordinary number when a double holds it', (text, value) => {
    if (value === undefined) expect(typeof parseExactJson(text)).toBe('object');
    else expect(parseExactJson(text)).toBe(value);
  });

  it('reads everything else as JSON.parse does', () => {
    const text = '{"__proto__":{"x":1e2},"a":null,"a":"1e400 -0","b":[true,"\\u00e9"],"":{}}';
    expect(parseExactJson(text)).toEqual(JSON.parse(text));
    expect(Object.hasOwn(parseExactJson(text) as object, '__proto__')).toBe(true);
    expect(() => parseExactJson('{"a":1e400')).toThrow(SyntaxError);
    expect(roundTrip('{"a":1,"a":2512292042121000001}')).toBe('{"a":2512292042121000001}');
  });

  it('tells the text of a number, and of nothing else', () => {
    expect(numberText(parseExactJson('2512292042121000001'))).toBe('2512292042121000001');
    expect(numberText(7.5)).toBe('7.5');
    expect([numberText('7'), numberText(null), numberText({ rawJSON: '7' })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('gives doubles to code that computes', () => {
    const value = parseExactJson('{"a":[2512292042121000001,-1e400],"b":"x","c":null,"__proto__":1e400}');
    const doubles = withDoubles(value) as Record<string, unknown>;
    expect(doubles['a']).toEqual([Number('2512292042121000001'), -Number.MAX_VALUE]);
    expect(Object.keys(doubles)).toEqual(['a', 'b', 'c', '__proto__']);
  });

  it('takes time in proportion to the length of a number', () => {
    const startedAt = performance.now();
    roundTrip(`[${'0.'}${'0'.repeat(100_000)}1,${'9'.repeat(100_000)}${'0'.repeat(100_000)}1]`);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
