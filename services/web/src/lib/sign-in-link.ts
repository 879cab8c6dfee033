import type { Api } from './api';
import { ApiError } from './problem';

/** A link that is spent is no obstacle for somebody who is signed in already: it was meant to lead to the console. */
export async function followSignInLink(
  api: Pick<Api, 'redeemSignInLink' | 'getSession'>,
  token: string,
): Promise<void> {
  try {
    await api.redeemSignInLink(token);
  } catch (error) {
    if (!isSpentLink(error)) throw error;
    await api.getSession().catch(() => {
      throw error;
    });
  }
}

/** Used up, too old, or never made. */
export function isSpentLink(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}
