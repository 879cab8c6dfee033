/** Fields of events, each with its rule in words that follow the field's name. */
import type { Timestamp } from '@orbisvoice/proto/google/protobuf/timestamp';
import { fromTimestamp } from '@orbisvoice/service-kit/timestamps';
import { z } from 'zod';

const EARLIEST_MS = Date.UTC(2000, 0, 1);
/** Clocks differ; a conversation from next year would stay on top of every list. */
const AHEAD_MS = 24 * 60 * 60 * 1_000;
const MAX_INT = 2 ** 31 - 1;

/** Postgres can't store U+0000; U+FFFD stands for it, so that one odd character does not cost a transcript. */
const withoutNul = (value: string) => value.replaceAll('\0', '\uFFFD');

export const uuid = z.uuid('must be a UUID').toLowerCase();

/** A short text: an id, a name, a sentence. Lengths in characters. */
export const line = (min: number, max: number) =>
  z
    .string()
    .min(min, `must be ${min} to ${max} characters`)
    .max(max, min === 0 ? `must be at most ${max} characters` : `must be ${min} to ${max} characters`)
    .overwrite(withoutNul);

/** A long text, limited by its size as UTF-8. */
export const body = (maxKilobytes: number) =>
  z
    .string()
    .refine((value) => Buffer.byteLength(value) <= maxKilobytes * 1024, `must be at most ${maxKilobytes} kB`)
    .overwrite(withoutNul);

/** JSON text or ''. */
export const json = (maxKilobytes: number) =>
  body(maxKilobytes).refine((value) => value === '' || isJson(value), 'must be JSON text');

export const count = z.int().min(0);
/** A count that an integer column takes. */
export const storedCount = count.max(MAX_INT, `must be at most ${MAX_INT}`);
export const positive = z.int().min(1, 'must be at least 1').max(MAX_INT, `must be at most ${MAX_INT}`);

/** A protobuf enum, as its word. */
export const named = <Value extends number, Word>(names: Map<Value, Word>) =>
  z
    .custom<Value>((value) => names.has(value as Value), 'must be a known value')
    .transform((value) => names.get(value)!);

const timestamp = z
  .custom<Timestamp>((value) => value !== undefined, 'is required')
  .transform((value, context) => {
    const date = fromTimestamp(value);
    const time = date.getTime();
    if (time >= EARLIEST_MS && time <= Date.now() + AHEAD_MS) return date;
    context.addIssue({ code: 'custom', message: 'must be between the year 2000 and a day from now' });
    return z.NEVER;
  });

/** A required point in time. */
export const instant = timestamp;
export const isoInstant = timestamp.transform((date) => date.toISOString());
export const optionalIsoInstant = isoInstant.optional().transform((value) => value ?? null);

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
