import { describe, expect, it } from '@jest/globals';
import type { Session } from './api-types';
import { ApiError } from './problem';
import { followSignInLink, isSpentLink } from './sign-in-link';

const refused = (status: number) =>
  new ApiError({ status, kind: 'unauthenticated', message: `status ${status}`, retryable: false });
const follow = (redeemed: Promise<unknown>, session: Promise<unknown>) =>
  followSignInLink({ redeemSignInLink: () => redeemed, getSession: () => session as Promise<Session> }, 'token');

describe('a sign-in link', () => {
  it('signs in', async () => {
    await expect(follow(Promise.resolve(), new Promise(() => undefined))).resolves.toBeUndefined();
  });

  it('that is spent leads somebody who is signed in to the console', async () => {
    await expect(follow(Promise.reject(refused(401)), Promise.resolve({}))).resolves.toBeUndefined();
  });

  it('that is spent is told to anybody else', async () => {
    const link = refused(401);
    await expect(follow(Promise.reject(link), Promise.reject(refused(401)))).rejects.toBe(link);
    expect(isSpentLink(link)).toBe(true);
  });

  it('that could not be looked at is not taken for a spent one', async () => {
    const away = refused(503);
    await expect(follow(Promise.reject(away), Promise.resolve({}))).rejects.toBe(away);
    expect(isSpentLink(away)).toBe(false);
  });
});
