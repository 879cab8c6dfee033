/** JSON that travels as text between services and as itself at this edge. */
import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import { z } from 'zod';

/** A number that JavaScript can't hold is a raw JSON value, which `JSON.stringify` writes as that number. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** Any JSON value. */
export const jsonValue: z.ZodType<JsonValue> = z.any();

/** Text that is not JSON stays text; empty text is null. */
export function parseJson(text: string): JsonValue {
  if (text === '') return null;
  try {
    return parseExactJson(text) as JsonValue;
  } catch {
    return text;
  }
}
