/** The JSON Schema of a tool's arguments, as its author wrote it. */
import { withDoubles } from '@orbisvoice/client/json/exact-json';
import { parseJsonObject, type JsonObject } from './json-text.js';
import { readSchema, type SchemaFacts } from './schema-rules.js';

const MAX_BYTES = 32 * 1024;
const MAX_DEPTH = 32;
const DRAFT_2020_12 = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

export type ParsedSchema = { schema: JsonObject; patterns: SchemaFacts['patterns'] } | { rule: string };

/** What can be told at once. Whether it compiles: SchemaChecks. @returns the schema, or the rule that it breaks, to follow the field's name */
export function parseParametersSchema(text: string): ParsedSchema {
  const parsed = parseJsonObject(text, { maxBytes: MAX_BYTES, maxDepth: MAX_DEPTH });
  if ('rule' in parsed) return parsed;
  const schema = withDoubles(parsed.value) as JsonObject;
  if (schema['type'] !== 'object') return { rule: 'must be the schema of an object: {"type": "object", …}' };
  const dialect = schema['$schema'];
  if (dialect !== undefined && !(typeof dialect === 'string' && DRAFT_2020_12.test(dialect))) {
    return { rule: 'must be of draft 2020-12 when it has a $schema' };
  }
  const { rule, patterns } = readSchema(schema);
  return rule === undefined ? { schema, patterns } : { rule };
}
