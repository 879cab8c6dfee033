import { z } from 'zod';

/** Text that Postgres can store (it has no NUL character). With `min`, white space alone does not count. */
export function text(limits: { min?: number; max: number }) {
  const { min = 0, max } = limits;
  const most = max.toLocaleString('en');
  const rule = min > 0 ? `must have ${min} to ${most} characters` : `must have at most ${most} characters`;
  return z
    .string()
    .max(max, rule)
    .refine((value) => value.trim().length >= min, rule)
    .refine((value) => !value.includes('\0'), 'must not contain the NUL character');
}
