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
  try {
    if (token.length > MAX_TOKEN_LENGTH) throw new RangeError('longer than any that was given out');
    const [createdAt, id] = position.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
    return { createdAt: new Date(createdAt), id };
  } catch {
    throw invalidField('page_token', 'must be the next_page_token of an earlier page');
  }
}

/** `rows` was read with a limit of size + 1. Returns the page and the token of the next one, '' after the last. */
export function toPage<Row extends PagePosition>(rows: Row[], size: number): { items: Row[]; nextPageToken: string } {
  const items = rows.slice(0, size);
  const last = items.at(-1);
  if (rows.length <= size || !last) return { items, nextPageToken: '' };
  return {
    items,
    nextPageToken: Buffer.from(JSON.stringify([last.createdAt.toISOString(), last.id])).toString('base64url'),
  };
}
