import { describe, expect, it } from '@jest/globals';
import { expiredSessionCookies, readSessionCookie, sessionCookie } from './session-cookie.js';

const expires = new Date('2026-02-07T12:00:00Z');

describe('the session cookie', () => {
  it('is out of reach for scripts, other sites and plain http', () => {
    expect(sessionCookie('token', { secure: true, expires })).toBe(
      '__Host-ov_session=token; Path=/; Expires=Sat, 07 Feb 2026 12:00:00 GMT; HttpOnly; Secure; SameSite=Strict',
    );
  });

  it('works on http in development', () => {
    expect(sessionCookie('token', { secure: false, expires })).not.toContain('Secure');
  });

  it('reads back whatever a token may contain', () => {
    const token = 'a+b/c=; "x"';
    const [pair] = sessionCookie(token, { secure: true, expires }).split('; Path');
    expect(readSessionCookie(pair)).toBe(token);
  });

  it('is forgotten when it is replaced by an expired one', () => {
    const expired = 'ov_session=; Path=/; Expires=Thu, 01 Jan 1970';
    expect(expiredSessionCookies(false)).toEqual([expect.stringContaining(expired)]);
    // One from before there was https goes too.
    expect(expiredSessionCookies(true)).toEqual([
      expect.stringContaining(`__Host-${expired}`),
      expect.stringMatching(/^ov_session=; /),
    ]);
    expect(readSessionCookie('ov_session=')).toBeUndefined();
    expect(readSessionCookie('ov_session=neighbour; __Host-ov_session=own')).toBe('own');
  });
});
