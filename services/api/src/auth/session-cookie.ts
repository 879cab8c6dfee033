/** The console's session in a cookie that scripts can't read and other sites' pages don't send. */
import { parseCookie, stringifySetCookie } from 'cookie';

export const SESSION_COOKIE = 'ov_session';

export interface CookieOptions {
  /** Only over https. */
  secure: boolean;
  expires: Date;
}

/** The value for Set-Cookie. */
export function sessionCookie(token: string, options: CookieOptions): string {
  return stringifySetCookie({
    ...options,
    name: SESSION_COOKIE,
    value: token,
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
  });
}

/** The value for Set-Cookie that makes a browser forget the session. */
export function expiredSessionCookie(secure: boolean): string {
  return sessionCookie('', { secure, expires: new Date(0) });
}

export function readSessionCookie(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  return parseCookie(header)[SESSION_COOKIE] || undefined;
}
