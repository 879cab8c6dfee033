/** JSON from outside: size and depth are known before anything recursive touches it, and its numbers stay what was written. */
import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import { jsonDepth } from '@orbisvoice/service-kit/json-depth';

export type JsonObject = Record<string, unknown>;

export interface JsonLimits {
  maxBytes: number;
  maxDepth: number;
}

/** @returns the object, or a rule that the text breaks, to follow the field's name: "must be …" */
export function parseJsonObject(text: string, limits: JsonLimits): { value: JsonObject } | { rule: string } {
  if (Buffer.byteLength(text) > limits.maxBytes) return { rule: `must be at most ${limits.maxBytes} bytes long` };
  if (jsonDepth(text) > limits.maxDepth) return { rule: `must be nested at most ${limits.maxDepth} levels deep` };
  let value: unknown;
  try {
    value = parseExactJson(text);
  } catch {
    return { rule: 'must be valid JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { rule: 'must be a JSON object' };
  return { value: value as JsonObject };
}
