/** URLs of HTTP tools: `https://api.example.com/orders/{order_id}`. An argument can only ever fill one segment's text. */
import { numberText } from '@orbisvoice/client/json/exact-json';
import type { JsonObject } from '../arguments/json-text.js';
import { misfit } from '../arguments/refused-arguments.js';

const MAX_LENGTH = 2_048;
const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]{0,63})\}/g;
/** Scheme and authority, path, query. No fragment: it would never be sent. */
const PARTS = /^(https?:\/\/[^/?#]+)(\/[^?#]*)?(\?[^#]*)?$/i;

/** What URL parsers read as the folder itself or the one above. The author may have written one of the dots as %2e. */
const DOTS = /^(?:\.|%2e){1,2}$/i;

/** @returns the rule that the URL breaks, to follow the field's name. Where it leads is the outbound guard's business. */
export function brokenUrlRule(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
  // White space and backslashes are read in surprising ways by URL parsers.
  if (/[^\x21-\x7e]|\\/.test(text)) return 'must consist of visible ASCII characters, without backslashes';
  const [, origin, path = '', query = ''] = PARTS.exec(text) ?? [];
  if (origin === undefined) return 'must be an http or https URL without a fragment';
  if (/[{}]/.test(origin + query)) return 'may have {name} in its path only';
  if (/[{}]/.test(path.replace(PLACEHOLDER, ''))) return 'has a brace that is not part of a {name}';
  const url = URL.parse(text.replace(PLACEHOLDER, 'x'));
  if (!url) return 'must be a valid URL';
  if (url.username !== '' || url.password !== '') return 'must not carry a user name or a password: use a header';
  return undefined;
}

/** The names in the URL's query. `tenant[]` and `Tenant` count as `tenant`: there are endpoints that read them so. */
export function fixedNames(text: string): { has(name: string): boolean } {
  const query = PARTS.exec(text)?.[3] ?? '';
  const names = new Set([...new URLSearchParams(query).keys()].map(comparable));
  return { has: (name) => names.has(comparable(name)) };
}

function comparable(name: string): string {
  return (name.split('[')[0] ?? '').trim().toLowerCase();
}

export function placeholdersOf(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map((match) => match[1]!);
}

/**
 * The URL with its placeholders filled in. A value is percent-encoded, and a segment can't become "." or "..".
 * @throws DomainError `invalid_argument` naming arguments_json: its message is for the model, which may read it aloud
 */
export function expandUrl(text: string, values: JsonObject): URL {
  const [, origin = '', path = '/', query = ''] = PARTS.exec(text) ?? [];
  const segments = path.split('/').map((segment) => {
    if (placeholdersOf(segment).length === 0) return segment;
    const filled = segment.replace(PLACEHOLDER, (_, name: string) => encode(name, values));
    if (DOTS.test(filled)) throw misfit({ place: placeholdersOf(segment)[0]!, rule: 'must not be a dot or two' });
    return filled;
  });
  return new URL(origin + segments.join('/') + query);
}

function encode(name: string, values: JsonObject): string {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  const scalar = typeof value === 'boolean' ? String(value) : (numberText(value) ?? value);
  if (typeof scalar !== 'string' || scalar === '' || !scalar.isWellFormed()) {
    throw misfit({ place: name, rule: 'must be a number or a text that is not empty' });
  }
  return encodeURIComponent(scalar);
}
