import { numberText } from '@orbisvoice/client/json/exact-json';
import { cutText } from '@orbisvoice/service-kit/cut-text';

const MAX_ITEMS = 6;
const MAX_LENGTH = 400;
/** Fields that hold a whole sentence meant to be read. */
const SENTENCE_FIELDS = ['spoken', 'message', 'summary', 'answer', 'text', 'description'];
/** Wrappers without a meaning of their own. */
const WRAPPERS = ['output', 'result', 'data', 'response', 'body', 'value'];

const DEGREES = / (?:c|celsius|f|fahrenheit)$/;

/** A tool's answer in words; empty when there is nothing in it. */
export function describeResult(value: unknown): string {
  return shorten(describe(unwrap(value), 0));
}

/** Why a tool failed, in words; undefined when it didn't. */
export function describeFailure(response: Record<string, unknown>): string | undefined {
  const error = response['error'];
  if (error === undefined || error === null || error === false) return undefined;
  const told = typeof error === 'object' ? ((error as { message?: unknown }).message ?? describe(error, 0)) : error;
  return shorten(told === true ? 'it gave no reason' : String(told)).replace(/[.\s]+$/, '');
}

function unwrap(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  const only = entries.length === 1 ? entries[0] : undefined;
  if (only && WRAPPERS.includes(only[0])) return unwrap(only[1]);
  return value;
}

function describe(value: unknown, depth: number): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const number = numberText(value);
  if (number !== undefined) return number;
  if (typeof value !== 'object') return String(value);
  if (depth >= 3) return '';
  if (Array.isArray(value)) return list(value.slice(0, MAX_ITEMS).map((item) => describe(item, depth + 1)));
  const record = value as Record<string, unknown>;
  for (const field of SENTENCE_FIELDS) {
    if (typeof record[field] === 'string' && record[field].includes(' ')) return record[field];
  }
  const parts = Object.entries(record)
    .slice(0, MAX_ITEMS)
    .map(([key, item]) => {
      const words = describe(item, depth + 1);
      return words === '' ? '' : `${humanize(key)} ${words}${unitOf(key)}`;
    });
  return list(parts);
}

function list(parts: string[]): string {
  return parts.filter((part) => part !== '').join(', ');
}

/** temperature_c and temperatureC become "temperature". */
function humanize(key: string): string {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .toLowerCase();
  return words.replace(DEGREES, '');
}

/** The unit that a field's name ends with. */
function unitOf(key: string): string {
  const unit = /[a-z](?:_|(?=[A-Z]))(c|celsius|f|fahrenheit)$/i.exec(key)?.[1]?.toLowerCase();
  return unit === undefined ? '' : unit.startsWith('c') ? ' degrees Celsius' : ' degrees Fahrenheit';
}

function shorten(text: string): string {
  const single = text.replaceAll(/\s+/g, ' ').trim();
  return single.length <= MAX_LENGTH ? single : `${cutText(single, MAX_LENGTH).replace(/\s+\S*$/, '')} and so on`;
}
