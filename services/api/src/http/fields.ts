/** Building blocks of request and response schemas. Messages complete the sentence "<field>: …". */
import { z } from 'zod';

/** An error for zod that tells a missing field from a wrong one. */
export function rule(message: string): { error: (issue: { input?: unknown }) => string } {
  return { error: (issue) => (issue.input === undefined ? 'is required' : message) };
}

/** Written so that every regular expression engine reads it. */
const WITHOUT_NUL = new RegExp(String.raw`^[^\x00]*$`);

/** Text of `min` to `max` characters. NUL is refused because Postgres can't store it. */
export function text(min: number, max: number) {
  const length = min === 0 ? `must have at most ${max} characters` : `must have ${min} to ${max} characters`;
  return z
    .string(rule('must be text'))
    .min(min, length)
    .max(max, length)
    .regex(WITHOUT_NUL, 'must not contain NUL characters');
}

export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.int(rule(message)).min(min, message).max(max, message);
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, rule(`must be one of ${values.join(', ')}`));
}

export const uuid = z.uuid(rule('must be a UUID')).meta({ examples: ['3f0c6a52-8a35-4d0e-9a59-0d4b6a1f2c77'] });

/** RFC 3339 with milliseconds, in UTC. */
export const timestamp = z.iso
  .datetime({ precision: 3, ...rule('must be an RFC 3339 time such as 2026-01-31T12:00:00.000Z') })
  .meta({ examples: ['2026-01-31T12:00:00.000Z'] });

/** The path parameter of most routes. */
export const idParameter = z.strictObject({ id: uuid });
export type IdParameter = z.output<typeof idParameter>;
