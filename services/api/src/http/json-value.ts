/** JSON that travels as text between services and as itself at this edge. */
import { z } from 'zod';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** Any JSON value. */
export const jsonValue: z.ZodType<JsonValue> = z.any();

/** Text that is not JSON stays text; empty text is null. */
export function parseJson(text: string): JsonValue {
  if (text === '') return null;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
