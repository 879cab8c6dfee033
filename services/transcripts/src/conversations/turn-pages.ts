/** Pages of a conversation's turns: a page token is the sequence number of the last turn seen, opaque to callers. */
import { invalidField } from '@orbisvoice/service-kit/errors';
import { decodePageToken, encodePageToken } from '@orbisvoice/service-kit/pages';
import { z } from 'zod';
import { MAX_SEQUENCE } from '../append/append.requests.js';

export const MAX_TURNS = 1_000;
/** Customers' gRPC clients take messages of 4 MB unless they are told otherwise. One turn has at most 2. */
export const MAX_PAGE_BYTES = 3 * 1024 * 1024;

const MAX_TOKEN_LENGTH = 50;
const position = z.tuple([z.literal('turn'), z.int().min(1).max(MAX_SEQUENCE)]);

/** @throws DomainError `invalid_argument` naming page_size or page_token */
export function parseTurnPage(pageSize: number, pageToken: string): { size: number; after: number } {
  if (pageSize > MAX_TURNS) throw invalidField('page_size', `must be at most ${MAX_TURNS}`);
  return { size: pageSize === 0 ? MAX_TURNS : pageSize, after: pageToken === '' ? 0 : decode(pageToken) };
}

export function turnPageToken(last: number): string {
  return encodePageToken(['turn', last]);
}

function decode(token: string): number {
  const of = 'an earlier page of this conversation';
  return decodePageToken(token, position, { maxLength: MAX_TOKEN_LENGTH, of })[1];
}
