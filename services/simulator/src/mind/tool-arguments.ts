import { contentWords } from './tool-matching.js';
import type { JsonSchema } from './mind-script.js';

/**
 * Fills a tool's arguments from what was said: required ones always, others when the text has something for them.
 * Plain rules by the parameter's name and type; good enough for demos and tests.
 */
export function fillArguments(text: string, schema: JsonSchema | undefined): Record<string, unknown> {
  const required = Array.isArray(schema?.required) ? (schema.required as unknown[]) : [];
  const args: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(schema?.properties ?? {})) {
    const value = findValue(text, name, parameter) ?? (required.includes(name) ? fallback(text, parameter) : undefined);
    if (value !== undefined) args[name] = value;
  }
  return args;
}

function findValue(text: string, name: string, schema: JsonSchema): unknown {
  if (Array.isArray(schema.enum)) return findOption(text, schema.enum as unknown[]);
  switch (String(schema.type).toLowerCase()) {
    case 'integer':
    case 'number':
      return findNumber(text);
    case 'boolean':
      return contentWords(name).some((word) => contentWords(text).includes(word)) || undefined;
    case 'array': {
      const item = schema.items && findValue(text, name, schema.items);
      return item === undefined ? undefined : [item];
    }
    case 'object':
      return schema.properties ? fillArguments(text, schema) : undefined;
    default:
      return findText(text, name);
  }
}

function findText(text: string, name: string): string | undefined {
  const words = contentWords(name);
  const about = (...names: string[]) => names.some((each) => words.includes(each));
  if (about('city', 'location', 'place', 'town', 'country', 'address', 'region')) return findPlace(text);
  if (about('id', 'number', 'code', 'reference', 'order', 'ticket', 'sku')) return findCode(text);
  if (about('date', 'day'))
    return /\b(today|tomorrow|yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b/i.exec(text)?.[1]?.toLowerCase();
  if (about('timezone', 'zone')) return /\b[A-Z][a-z]+\/[A-Z][A-Za-z_]+\b/.exec(text)?.[0];
  if (about('query', 'question', 'text', 'message', 'search')) return text;
  if (about('email', 'mail')) return /\S+@\S+\.\w+/.exec(text)?.[0];
  return undefined;
}

/** The words after "in", "at" or "for", as far as they can belong to a name. */
function findPlace(text: string): string | undefined {
  const match = /\b(?:in|at|for|of|near)\s+((?:the\s+)?[\p{L}.'-]+(?:\s+\p{Lu}[\p{L}.'-]+)*)/u.exec(text);
  return match?.[1]?.replace(/^the\s+/i, '').replace(/[.'-]+$/, '');
}

/** The first word with a digit in it, such as 4711 or AB-123. */
function findCode(text: string): string | undefined {
  return text
    .match(/[\p{L}\d][\p{L}\d-]*/gu)
    ?.find((word) => /\d/.test(word))
    ?.replace(/-$/, '');
}

function findNumber(text: string): number | undefined {
  const match = /-?\d+(?:\.\d+)?/.exec(text);
  return match ? Number(match[0]) : undefined;
}

function findOption(text: string, options: unknown[]): unknown {
  const said = text.toLowerCase();
  return options.find((option) => said.includes(String(option).toLowerCase().replaceAll('_', ' ')));
}

function fallback(text: string, schema: JsonSchema): unknown {
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return (schema.enum as unknown[])[0];
  switch (String(schema.type).toLowerCase()) {
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'array':
      return [];
    case 'object':
      return {};
    default:
      return text;
  }
}
