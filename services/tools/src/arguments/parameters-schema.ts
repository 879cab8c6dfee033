/** The JSON Schema of a tool's arguments: what is accepted, and its compilation. */
import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import { withDoubles } from '@orbisvoice/client/json/exact-json';
import { runBounded, TookTooLongError } from './bounded-run.js';
import { parseJsonObject, type JsonObject } from './json-text.js';

const MAX_BYTES = 32 * 1024;
const MAX_DEPTH = 32;
const MAX_PATTERN_LENGTH = 200;
const COMPILE_TIMEOUT_MS = 1_000;
const DRAFT_2020_12 = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;
const REFERENCES = new Set(['$ref', '$dynamicRef']);

const OPTIONS: Options = {
  strict: false,
  validateFormats: false, // an annotation in draft 2020-12
  ownProperties: true, // `required: ["toString"]` means the tenant's property
  logger: false,
};
const metaSchema = new Ajv2020(OPTIONS);
metaSchema.validateSchema({ type: 'object' }); // compiles the meta-schema now, outside of any time limit

/** @returns the schema, or the rule that it breaks, to follow the field's name */
export function parseParametersSchema(text: string): { schema: JsonObject } | { rule: string } {
  const parsed = parseJsonObject(text, { maxBytes: MAX_BYTES, maxDepth: MAX_DEPTH });
  if ('rule' in parsed) return parsed;
  const schema = withDoubles(parsed.value) as JsonObject;
  const rule = brokenRule(schema);
  return rule === undefined ? { schema } : { rule };
}

/** For a schema that `parseParametersSchema` accepted. Every validator has an instance to itself, so it can be dropped. */
export function compileParametersSchema(schema: JsonObject): ValidateFunction {
  return runBounded(
    () => new Ajv2020({ ...OPTIONS, meta: false, validateSchema: false }).compile(schema),
    COMPILE_TIMEOUT_MS,
  );
}

/** "city must be string": for the model, so that it can mend its call. */
export function describeError(error: ErrorObject | undefined): string {
  if (!error) return 'the arguments do not fit the parameters';
  const where = error.instancePath.slice(1).replaceAll('/', '.');
  const { additionalProperty, allowedValues } = error.params as {
    additionalProperty?: unknown;
    allowedValues?: unknown;
  };
  let detail = '';
  if (additionalProperty !== undefined) detail = `: ${JSON.stringify(additionalProperty)}`;
  if (allowedValues !== undefined) detail = `: ${JSON.stringify(allowedValues)}`;
  return `${where || 'the arguments'} ${error.message ?? 'must fit the parameters'}${detail}`.slice(0, 300);
}

function brokenRule(schema: JsonObject): string | undefined {
  if (schema['type'] !== 'object') return 'must be the schema of an object: {"type": "object", …}';
  const dialect = schema['$schema'];
  if (dialect !== undefined && !(typeof dialect === 'string' && DRAFT_2020_12.test(dialect))) {
    return 'must be of draft 2020-12 when it has a $schema';
  }
  const keyword = brokenKeyword(schema);
  if (keyword !== undefined) return keyword;
  try {
    const [error] = runBounded(
      () => (metaSchema.validateSchema(schema) ? [] : [...(metaSchema.errors ?? [])]),
      COMPILE_TIMEOUT_MS,
    );
    if (error) return `must be a valid JSON Schema: ${describeError(error)}`;
    const validate = compileParametersSchema(schema);
    // A schema that refers to itself without end shows here, not in a call.
    runBounded(() => validate({}), COMPILE_TIMEOUT_MS);
    return undefined;
  } catch (error) {
    if (error instanceof TookTooLongError) return 'must be simpler: checking it takes too long';
    return `must be a valid JSON Schema: ${(error as Error).message.slice(0, 200)}`;
  }
}

function brokenKeyword(schema: unknown): string | undefined {
  if (Array.isArray(schema)) return firstDefined(schema, brokenKeyword);
  if (typeof schema !== 'object' || schema === null) return undefined;
  for (const [key, value] of Object.entries(schema)) {
    // ajv would answer with a promise, which counts as true.
    if (key === '$async') return 'must not use $async';
    if (REFERENCES.has(key) && typeof value === 'string' && !value.startsWith('#')) {
      return `must refer to its own parts only: ${key} must start with #`;
    }
    if (key === 'pattern' && typeof value === 'string' && value.length > MAX_PATTERN_LENGTH) return longPattern();
    if (key === 'patternProperties' && typeof value === 'object' && value !== null) {
      if (Object.keys(value).some((pattern) => pattern.length > MAX_PATTERN_LENGTH)) return longPattern();
    }
  }
  return firstDefined(Object.values(schema), brokenKeyword);
}

function longPattern(): string {
  return `must not have patterns of more than ${MAX_PATTERN_LENGTH} characters`;
}

function firstDefined<T>(values: unknown[], find: (value: unknown) => T | undefined): T | undefined {
  for (const value of values) {
    const found = find(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
