import { describe, expect, it } from '@jest/globals';
import { readCredential } from './credential.js';

describe('readCredential', () => {
  it('finds an API key in X-API-Key or as a bearer token (S0-20)', () => {
    expect(readCredential({ 'x-api-key': 'ov_live_1' })).toMatchObject({ kind: 'api-key', secret: 'ov_live_1' });
    expect(readCredential({ authorization: 'bearer  ov_live_2 ' })).toMatchObject({
      kind: 'api-key',
      secret: 'ov_live_2',
    });
  });

  it('finds a session among other cookies, decoded', () => {
    const cookie = 'theme=dark; ov_session=a%2Bb; other=1';
    expect(readCredential({ cookie })).toEqual({ kind: 'session', secret: 'a+b', source: 'Cookie' });
  });

  it('prefers what was sent on purpose over a cookie', () => {
    const cookie = 'ov_session=s';
    expect(readCredential({ cookie, authorization: 'Bearer k' })?.source).toBe('Authorization');
    expect(readCredential({ cookie, authorization: 'Bearer k', 'x-api-key': 'k' })?.source).toBe('X-API-Key');
  });

  it('refuses two keys that differ, since they may be of two organizations', () => {
    expect(() => readCredential({ authorization: 'Bearer a', 'x-api-key': 'b' })).toThrow(
      expect.objectContaining({ kind: 'unauthenticated', message: expect.stringContaining('different API keys') }),
    );
  });

  it('finds nothing where there is nothing', () => {
    expect(readCredential({})).toBeUndefined();
    expect(readCredential({ cookie: 'theme=dark; ov_session=' })).toBeUndefined();
  });

  it.each([
    { authorization: 'Basic dXNlcjpwYXNz' },
    { authorization: 'Bearer' },
    { 'x-api-key': '' },
    { 'x-api-key': 'x'.repeat(257) },
    { cookie: `ov_session=${'x'.repeat(257)}` },
  ])('refuses %j without asking anybody', (headers) => {
    expect(() => readCredential(headers)).toThrow(expect.objectContaining({ kind: 'unauthenticated' }));
  });
});
