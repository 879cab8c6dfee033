import { describe, expect, it } from '@jest/globals';
import { brokenUrlRule, expandUrl } from './url-template.js';

/** Words that may be said aloud for the model, and the rule for the developer. */
const misfitOf = (name: string) =>
  expect.objectContaining({
    kind: 'invalid_argument',
    message: expect.stringMatching(new RegExp(`^The details given do not fit: ${name} must [^:]*\\. Correct that`)),
    violations: [{ field: 'arguments_json', message: expect.stringContaining(`${name} must`) }],
  });

describe('URL templates', () => {
  it.each([
    'https://a.example',
    'http://a.example:8080/x/{id}?v=1',
    'HTTPS://a.example/{a}-{b}/{c}',
    'http://[::1]:80/',
  ])('accept %s', (url) => {
    expect(brokenUrlRule(url)).toBeUndefined();
  });

  it.each([
    ['', 'http or https'],
    ['ftp://a.example/', 'http or https'],
    ['//a.example/', 'http or https'],
    ['https://a.example/#part', 'fragment'],
    ['https://{host}/', 'path only'],
    ['https://a.example/?q={q}', 'path only'],
    ['https://a.example/{', 'not part of a {name}'],
    ['https://a.example/{a b}', 'visible ASCII'],
    ['https://a.example/{1}', 'not part of a {name}'],
    ['https://a.example\\@evil.example/', 'without backslashes'],
    ['https://user:secret@a.example/', 'user name or a password'],
    ['https://a.example:99999/', 'valid URL'],
    ['https://exämple.com/', 'visible ASCII'],
    [`https://a.example/${'x'.repeat(2_048)}`, 'at most 2048'],
  ])('refuse %s', (url, rule) => {
    expect(brokenUrlRule(url)).toContain(rule);
  });

  it('encode what they are filled with, so that it stays one segment', () => {
    const url = expandUrl('https://a.example/orders/{id}/x-{n}?v=1', { id: 'a/../b?c#d é', n: 7 });
    expect(url.href).toBe('https://a.example/orders/a%2F..%2Fb%3Fc%23d%20%C3%A9/x-7?v=1');
  });

  it.each(['.', '..', '', undefined, null, {}, ['a'], '\ud800'])('are never filled with %j', (id) => {
    expect(() => expandUrl('https://a.example/orders/{id}', { id })).toThrow(misfitOf('id'));
  });

  it('do not build a way up from two values', () => {
    expect(() => expandUrl('https://a.example/x/{a}{b}', { a: '.', b: '.' })).toThrow(misfitOf('a'));
  });

  it.each(['%2e{a}', '%2E{a}', '{a}%2e', '.{a}', '{a}.', '{a}'])('do not leave their folder through %s', (segment) => {
    expect(() => expandUrl(`https://a.example/o/${segment}/x`, { a: '.' })).toThrow(misfitOf('a'));
  });

  it('may have dots that lead nowhere', () => {
    expect(expandUrl('https://a.example/o/%2e{a}/x', { a: '.x' }).pathname).toBe('/o/%2e.x/x');
    expect(expandUrl('https://a.example/o/{a}/x', { a: '...' }).pathname).toBe('/o/.../x');
    expect(expandUrl('https://a.example/o/{a}/x', { a: '%2e%2e' }).pathname).toBe('/o/%252e%252e/x');
  });

  it('do not read inherited properties', () => {
    expect(() => expandUrl('https://a.example/{toString}', {})).toThrow(misfitOf('toString'));
  });
});
