/** Lists: `?limit=&cursor=` in, `{items, nextCursor}` out. */
import { z } from 'zod';

const LIMIT_RULE = 'must be a whole number from 1 to 100';
const DEFAULT_LIMIT = 20;

export const pageFields = {
  limit: z.coerce
    .number(LIMIT_RULE)
    .int(LIMIT_RULE)
    .min(1, LIMIT_RULE)
    .max(100, LIMIT_RULE)
    .default(DEFAULT_LIMIT)
    .meta({ description: 'How many items to return.' }),
  cursor: z
    .string('must be the nextCursor of an earlier page')
    .min(1, 'must be the nextCursor of an earlier page')
    .max(1_000, 'must be the nextCursor of an earlier page')
    .optional()
    .meta({ description: 'Where to go on: the `nextCursor` of the previous page.' }),
};

export const pageQuery = z.strictObject(pageFields);
export type PageQuery = z.output<typeof pageQuery>;

/** `name` becomes the schema's name in the OpenAPI document. */
export function pageOf<Item extends z.ZodType>(name: string, item: Item) {
  return z
    .object({
      items: z.array(item),
      nextCursor: z.string().nullable().meta({ description: 'Pass it as `cursor` to read on. Null on the last page.' }),
    })
    .meta({ id: name });
}

export function toPageRequest(query: PageQuery): { pageSize: number; pageToken: string } {
  return { pageSize: query.limit, pageToken: query.cursor ?? '' };
}

export function toPage<Item>(items: Item[], nextPageToken: string): { items: Item[]; nextCursor: string | null } {
  return { items, nextCursor: nextPageToken === '' ? null : nextPageToken };
}
