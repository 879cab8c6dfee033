import { describe, expect, it } from '@jest/globals';
import { normaliseOrigin } from './origin.js';

describe('an origin', () => {
  it.each([
    ['https://shop.example', 'https://shop.example'],
    ['https://shop.example/', 'https://shop.example'],
    ['HTTPS://Shop.Example:443', 'https://shop.example'],
    ['http://localhost:3001', 'http://localhost:3001'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['http://[::1]:80', 'http://[::1]'],
  ])('%s is kept as %s', (value, origin) => {
    expect(normaliseOrigin(value)).toBe(origin);
  });

  it.each([
    '',
    'null',
    '*',
    'shop.example',
    '//shop.example',
    'https://',
    'https://shop.example/path',
    'https://shop.example/?',
    'https://shop.example#',
    'https://me@shop.example',
    'https://@shop.example',
    'wss://shop.example',
    'file:///tmp',
    'javascript:alert(1)',
    `https://${'a'.repeat(300)}.example`,
  ])('%j is none', (value) => {
    expect(normaliseOrigin(value)).toBeUndefined();
  });
});
