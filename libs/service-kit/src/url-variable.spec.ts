import { describe, expect, it } from '@jest/globals';
import { defineConfig, urlVariable } from './config.js';

const web = defineConfig('X', { URL: urlVariable('http:', 'https:') }, ({ URL }) => URL);
const database = defineConfig('X', { URL: urlVariable('postgres:') }, ({ URL }) => URL);

describe('a URL in the environment', () => {
  it.each([
    ['HTTPS://Api.Example.com', 'https://api.example.com'],
    ['https://api.example.com:443', 'https://api.example.com'],
    [' https://api.example.com ', 'https://api.example.com'],
    ['https:api.example.com', 'https://api.example.com'],
    ['https:\\\\api.example.com/', 'https://api.example.com/'],
    ['hTTp://a.example/Path/', 'http://a.example/Path/'],
    ['http://a.example/Path?q=1', 'http://a.example/Path?q=1'],
  ])('is read as %s -> %s', (text, expected) => {
    expect(web.load({ URL: text })).toBe(expected);
  });

  it('of a database keeps its parts', () => {
    expect(database.load({ URL: 'POSTGRES://Me:p%40S@Host/Db?x=1' })).toBe('postgres://Me:p%40S@Host/Db?x=1');
  });

  it.each(['ftp://a.example', 'a.example', 'https//a.example', 'javascript:alert(1)'])('is not %s', (text) => {
    expect(() => web.load({ URL: text })).toThrow('URL: must be a URL that starts with http:// or https://');
  });
});
