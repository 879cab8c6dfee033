/** The console's session in a cookie that scripts can't read and other sites' pages don't send. */
import { parseCookie, stringifySetCookie } from 'cookie';

export const SESSION_COOKIE = 'ov_session';
/** Over https: browsers take a cookie of such a name from this host alone, never from a neighbour below the same domain. */
const HOST_SESSION_COOKIE = `__Host-${SESSION_COOKIE}`;

export interface CookieOptions {
  /** Only over https. */
  secure: boolean;
  expires: Date;
}

/** The value for Set-Cookie. */
export function sessionCookie(token: string, options: CookieOptions): string {
  return setCookie(options.secure ? HOST_SESSION_COOKIE : SESSION_COOKIE, token, options);
}

/** The values for Set-Cookie that make a browser forget the session. */
export function expiredSessionCookies(secure: boolean): string[] {
  const names = secure ? [HOST_SESSION_COOKIE, SESSION_COOKIE] : [SESSION_COOKIE];
  return names.map((name) => setCookie(name, '', { secure, expires: new Date(0) }));
}

function setCookie(name: string, value: string, options: CookieOptions): string {
  return stringifySetCookie({ ...options, name, value, path: '/', httpOnly: true, sameSite: 'strict' });
}

export function readSessionCookie(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const cookies = parseCookie(header);
  return cookies[HOST_SESSION_COOKIE] || cookies[SESSION_COOKIE] || undefined;
}
