/** What a schema of arguments may say, beyond being a schema: no contradictions, which would fail every call, and nothing without end. */
import type { JsonObject } from './json-text.js';

const MAX_SCHEMAS = 300;
const MAX_PATTERN_LENGTH = 200;

const NAMED = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'];
const SINGLE =
  'additionalProperties unevaluatedProperties propertyNames items unevaluatedItems contains not if then else'.split(
    ' ',
  );
const LISTED = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
/** Their schemas speak of the same value as the one that they are in. */
const IN_PLACE = new Set(['allOf', 'anyOf', 'oneOf', 'then', 'else', 'dependentSchemas']);
/** Their schemas need not hold. */
const TENTATIVE = new Set(['not', 'if']);

const KEYWORDS_OF_TYPE: Record<string, string[]> = {
  object:
    'properties patternProperties additionalProperties unevaluatedProperties propertyNames required minProperties maxProperties dependentRequired dependentSchemas'.split(
      ' ',
    ),
  array: ['items', 'prefixItems', 'contains', 'minItems', 'maxItems', 'uniqueItems', 'unevaluatedItems'],
  string: ['pattern', 'minLength', 'maxLength'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
};

const RANGES: [least: string, most: string, mayBeEqual: boolean][] = [
  ['minimum', 'maximum', true],
  ['minimum', 'exclusiveMaximum', false],
  ['exclusiveMinimum', 'maximum', false],
  ['exclusiveMinimum', 'exclusiveMaximum', false],
  ['minLength', 'maxLength', true],
  ['minItems', 'maxItems', true],
  ['minProperties', 'maxProperties', true],
];

export interface SchemaFacts {
  /** The first rule that is broken: "must …: properties.city: …". */
  rule?: string;
  patterns: [place: string, pattern: string][];
}

/** Reads what is well-formed and leaves the rest to the meta-schema. */
export function readSchema(schema: JsonObject): SchemaFacts {
  const reading = new Reading();
  const rule = reading.read(schema, [], new Set());
  return { ...(rule === undefined ? {} : { rule }), patterns: reading.patterns };
}

class Reading {
  readonly patterns: [string, string][] = [];
  private count = 0;

  /** `names`: what is declared of the same value around this schema; undefined when that can't be known. */
  read(schema: JsonObject, path: string[], names: Set<string> | undefined): string | undefined {
    this.count += 1;
    if (this.count > MAX_SCHEMAS)
      return `must consist of at most ${MAX_SCHEMAS} schemas, those of its properties included`;
    const broken = brokenReference(schema) ?? this.brokenPattern(schema, path);
    if (broken !== undefined) return broken;
    const declared = declaredNames(schema, names);
    const contradiction =
      wrongKeyword(schema) ?? wrongValue(schema) ?? wrongRange(schema) ?? wrongRequired(schema, declared);
    if (contradiction !== undefined) return `must not contradict itself: ${placeOf(path)} ${contradiction}`;
    for (const [keyword, segments, inner] of subschemas(schema)) {
      const around = IN_PLACE.has(keyword) ? declared : TENTATIVE.has(keyword) ? undefined : new Set<string>();
      const rule = this.read(inner, [...path, ...segments], around);
      if (rule !== undefined) return rule;
    }
    return undefined;
  }

  private brokenPattern(schema: JsonObject, path: string[]): string | undefined {
    const own = typeof schema['pattern'] === 'string' ? [schema['pattern']] : [];
    const found: [string, string][] = own.map((pattern) => [placeOf([...path, 'pattern']), pattern]);
    const named = schema['patternProperties'];
    if (isObject(named)) {
      for (const pattern of Object.keys(named)) found.push([placeOf([...path, 'patternProperties']), pattern]);
    }
    const long = found.find(([, pattern]) => pattern.length > MAX_PATTERN_LENGTH);
    if (long) return `must not have patterns of more than ${MAX_PATTERN_LENGTH} characters: ${long[0]}`;
    this.patterns.push(...found);
    return undefined;
  }
}

function brokenReference(schema: JsonObject): string | undefined {
  // ajv would answer with a promise, which counts as true.
  if ('$async' in schema) return 'must not use $async';
  for (const keyword of ['$ref', '$dynamicRef']) {
    const reference = schema[keyword];
    if (typeof reference === 'string' && !reference.startsWith('#')) {
      return `must refer to its own parts only: ${keyword} must start with #`;
    }
  }
  return undefined;
}

function* subschemas(schema: JsonObject): Generator<[keyword: string, segments: string[], inner: JsonObject]> {
  for (const keyword of NAMED) {
    const named = schema[keyword];
    if (!isObject(named)) continue;
    for (const [name, inner] of Object.entries(named)) if (isObject(inner)) yield [keyword, [keyword, name], inner];
  }
  for (const keyword of SINGLE) {
    const inner = schema[keyword];
    if (isObject(inner)) yield [keyword, [keyword], inner];
  }
  for (const keyword of LISTED) {
    const listed = schema[keyword];
    if (!Array.isArray(listed)) continue;
    for (const [index, inner] of listed.entries())
      if (isObject(inner)) yield [keyword, [keyword, String(index)], inner];
  }
}

function wrongKeyword(schema: JsonObject): string | undefined {
  const types = typesOf(schema);
  if (!types) return undefined;
  for (const [type, keywords] of Object.entries(KEYWORDS_OF_TYPE)) {
    if (types.includes(type)) continue;
    const found = keywords.find((keyword) => keyword in schema);
    if (found !== undefined) return `has ${found}, which its type ${JSON.stringify(schema['type'])} can not have`;
  }
  return undefined;
}

function wrongValue(schema: JsonObject): string | undefined {
  const types = typesOf(schema);
  const values = schema['enum'];
  if (Array.isArray(values) && values.length === 0) return 'has an enum without values';
  if (!types) return undefined;
  const wrong = (Array.isArray(values) ? values : []).find((value) => !isOfType(value, types));
  if (wrong !== undefined)
    return `has ${JSON.stringify(wrong)} in its enum, which is not of type ${JSON.stringify(schema['type'])}`;
  if ('const' in schema && !isOfType(schema['const'], types)) {
    return `has a const that is not of type ${JSON.stringify(schema['type'])}`;
  }
  return undefined;
}

function wrongRange(schema: JsonObject): string | undefined {
  for (const [least, most, mayBeEqual] of RANGES) {
    const [low, high] = [schema[least], schema[most]];
    if (typeof low !== 'number' || typeof high !== 'number') continue;
    if (low > high || (low === high && !mayBeEqual))
      return `has a ${least} of ${low} and a ${most} of ${high}: nothing fits`;
  }
  return undefined;
}

function wrongRequired(schema: JsonObject, declared: Set<string> | undefined): string | undefined {
  const required = schema['required'];
  if (!Array.isArray(required)) return undefined;
  const impossible = required.find(
    (name) => isObject(schema['properties']) && schema['properties'][String(name)] === false,
  );
  if (impossible !== undefined) return `requires ${JSON.stringify(impossible)}, which nothing fits`;
  const missing = declared && required.find((name) => typeof name === 'string' && !declared.has(name));
  return missing === undefined ? undefined : `requires ${JSON.stringify(missing)}, which is not among its properties`;
}

/** Undefined: other names may be meant, too. */
function declaredNames(schema: JsonObject, around: Set<string> | undefined): Set<string> | undefined {
  const open = ['additionalProperties', 'unevaluatedProperties'].some((name) => (schema[name] ?? false) !== false);
  if (open || !around || ['$ref', '$dynamicRef', 'patternProperties', 'if'].some((name) => name in schema))
    return undefined;
  const names = new Set(around);
  for (const name of Object.keys(isObject(schema['properties']) ? schema['properties'] : {})) names.add(name);
  for (const [keyword, , inner] of subschemas(schema)) {
    if (!IN_PLACE.has(keyword)) continue;
    const more = declaredNames(inner, new Set());
    if (!more) return undefined;
    for (const name of more) names.add(name);
  }
  return names;
}

/** With "number" for each type of numbers; undefined without a type. */
function typesOf(schema: JsonObject): string[] | undefined {
  const { type } = schema;
  if (typeof type !== 'string' && !Array.isArray(type)) return undefined;
  const types = [type].flat().map((name) => (name === 'integer' ? 'number' : String(name)));
  return schema['nullable'] === true ? [...types, 'null'] : types;
}

function isOfType(value: unknown, types: string[]): boolean {
  if (value === null) return types.includes('null');
  return types.includes(Array.isArray(value) ? 'array' : typeof value);
}

function placeOf(path: string[]): string {
  return path.length === 0 ? 'the schema' : path.join('.').slice(0, 200);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
