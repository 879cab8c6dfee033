/** Keyset pages, newest first: a page token is the position of the last row seen, opaque to callers. */
import { z } from 'zod';
import { invalidField } from './errors.js';

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;

export interface PagePosition {
  createdAt: Date;
  id: string;
}

export interface PageRequest {
  size: number;
  after: PagePosition | undefined;
}

const MAX_TOKEN_LENGTH = 200;
const position = z.tuple([z.iso.datetime(), z.uuid()]);

/** @throws DomainError `invalid_argument` naming page_size or page_token */
export function parsePage(pageSize: number, pageToken: string): PageRequest {
  if (pageSize > MAX_PAGE_SIZE) throw invalidField('page_size', `must be at most ${MAX_PAGE_SIZE}`);
  return {
    size: pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize,
    after: pageToken === '' ? undefined : decode(pageToken),
  };
}

function decode(token: string): PagePosition {
  const [createdAt, id] = decodePageToken(token, position, { maxLength: MAX_TOKEN_LENGTH, of: 'an earlier page' });
  return { createdAt: new Date(createdAt), id };
}

/** A position, as a token that callers pass on without looking into it. */
export function encodePageToken(place: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @throws DomainError `invalid_argument` naming page_token; `of` says whose token it must be */
export function decodePageToken<Position>(
  token: string,
  schema: z.ZodType<Position>,
  { maxLength, of }: { maxLength: number; of: string },
): Position {
  try {
    if (token.length > maxLength) throw new RangeError('longer than any that was given out');
    return schema.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
  } catch {
    throw invalidField('page_token', `must be the next_page_token of ${of}`);
  }
}

/** `rows` was read with a limit of size + 1. Returns the page and the token of the next one, '' after the last. */
export function toPage<Row extends PagePosition>(rows: Row[], size: number): { items: Row[]; nextPageToken: string } {
  const items = rows.slice(0, size);
  const last = items.at(-1);
  if (rows.length <= size || !last) return { items, nextPageToken: '' };
  return {
    items,
    nextPageToken: encodePageToken([last.createdAt.toISOString(), last.id]),
  };
}
