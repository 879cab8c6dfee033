/**
 * JSON whose numbers stay what was written. JavaScript has doubles only: 2512292042121000001 would become …000, 1e400 infinite and
 * then null, -0 a plain 0. A number that a double does not hold is kept as a raw JSON value (`JSON.rawJSON`): a frozen object that
 * `JSON.stringify` writes as the number that it was, wherever in a value it is. So one parser at every door is all it takes.
 * An engine without raw JSON values (browsers before 2025) gets doubles.
 */

interface RawJson {
  readonly rawJSON: string;
}

/** ES2026, in Node from 22 on. The compiler's library does not know it. */
const engine = JSON as typeof JSON & {
  rawJSON?(text: string): RawJson;
  isRawJSON?(value: unknown): value is RawJson;
};

/** Fifteen digits are always exact. Most texts have no number that could need more than the ordinary parser. */
const MAY_HAVE_INEXACT_NUMBERS = /-0|\d[\d.]{15}|\d[eE][-+]?\d/;

/** @throws SyntaxError as JSON.parse does */
export function parseExactJson(text: string): unknown {
  if (!engine.rawJSON || !MAY_HAVE_INEXACT_NUMBERS.test(text)) return JSON.parse(text);
  const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;
  return parse(text, keepExact);
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

function keepExact(_key: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== 'number' || source === undefined || isExact(value, source)) return value;
  return engine.rawJSON!(source);
}

/** Whether writing the double gives the same decimal number again. */
function isExact(value: number, source: string): boolean {
  return Number.isFinite(value) && canonical(String(value)) === canonical(source);
}

/** Sign, digits without zeros around them, exponent of the last digit: equal for equal decimal numbers, apart from 0 and -0. */
function canonical(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(number) ?? [];
  const digits = whole + fraction;
  let first = 0;
  while (digits[first] === '0') first++;
  let end = digits.length;
  while (end > first && digits[end - 1] === '0') end--;
  if (first === end) return `${sign}0`;
  return `${sign}${digits.slice(first, end)}e${Number(exponent) - fraction.length + (digits.length - end)}`;
}

/** A number as JSON writes it, also one that JavaScript can't hold; undefined for anything else. */
export function numberText(value: unknown): string | undefined {
  if (typeof value === 'number') return JSON.stringify(value);
  return engine.isRawJSON?.(value) ? value.rawJSON : undefined;
}

/** The same value with the nearest finite double for each number that is kept exactly: for code that computes. */
export function withDoubles(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const exact = numberText(value);
  if (exact !== undefined) return Math.min(Math.max(Number(exact), -Number.MAX_VALUE), Number.MAX_VALUE);
  if (Array.isArray(value)) return value.map(withDoubles);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withDoubles(item)]));
}
