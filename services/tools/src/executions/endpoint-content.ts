/**
 * What an endpoint's body is, judged by what is in it. Its content-type only decides where the content leaves a doubt: JSON comes as
 * text/html, tables as application/octet-stream, and half the world's errors under no type at all.
 */
import { jsonDepth } from '@orbisvoice/service-kit/json-depth';
import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import { decodeText } from './decode-text.js';
import { isWebPage, textOfPage } from './web-page.js';

export type EndpointContent =
  | { kind: 'nothing' }
  | { kind: 'json'; value: unknown }
  | { kind: 'text'; text: string }
  /** A page for people, such as a sign-in form or a proxy's error. */
  | { kind: 'page'; text: string }
  /** Meant to be JSON, by its label and its first character, and can't be read. */
  | { kind: 'broken_json'; why: string }
  | { kind: 'binary' };

const MAX_DEPTH = 64;

/** @param contentType the header's value */
export function readContent(body: Buffer, contentType = ''): EndpointContent {
  if (body.length === 0) return { kind: 'nothing' };
  const [mediaType = ''] = contentType.split(';');
  const type = mediaType.trim().toLowerCase();
  const text = decodeText(body, { type, charset: charsetOf(contentType) })?.trim();
  if (text === undefined) return { kind: 'binary' };
  if (text === '') return { kind: 'nothing' };
  const saysJson = /^(application|text)\/(json|x-json|[\w.-]+\+json)$/.test(type);
  // "42" and "null" are JSON where JSON was promised or nothing was; under text/… they are words.
  if (/^[{[]/.test(text) || saysJson || !type.startsWith('text/')) {
    const parsed = parse(text);
    if ('value' in parsed) return { kind: 'json', value: parsed.value };
    if (saysJson && /^[{["]/.test(text)) return { kind: 'broken_json', why: parsed.why };
  }
  if (isWebPage(text)) return { kind: 'page', text: textOfPage(text) };
  return { kind: 'text', text };
}

function charsetOf(contentType: string): string | undefined {
  return /;\s*charset\s*=\s*["']?([^\s"';,]+)/i.exec(contentType)?.[1];
}

function parse(text: string): { value: unknown } | { why: string } {
  if (jsonDepth(text) > MAX_DEPTH) return { why: `JSON nested more than ${MAX_DEPTH} levels deep` };
  try {
    return { value: parseExactJson(text) };
  } catch {
    return parseLines(text) ?? { why: 'JSON that is not valid' };
  }
}

/** NDJSON: an object or a list in every line. */
function parseLines(text: string): { value: unknown[] } | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length < 2 || !lines.every((line) => /^\s*[{[]/.test(line))) return undefined;
  try {
    return { value: lines.map((line) => parseExactJson(line)) };
  } catch {
    return undefined;
  }
}
