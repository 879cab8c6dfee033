/**
 * The thread that compiles schemas and checks arguments against them: both are work whose size somebody else chose. Patterns run in
 * linear time (RE2), and whoever started the thread ends it when one job uses too much of the processor.
 * Node runs this file as it is in tests, so it must stay free of relative imports and of syntax that types can't be erased from.
 */
import { parentPort } from 'node:worker_threads';
import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';

/** Patterns with their places: "properties.city.pattern". */
export interface SchemaJob {
  schema: string;
  patterns: [place: string, pattern: string][];
}

/** `key` stands for the schema: the compiled one is kept under it. */
export interface ArgumentsJob {
  key: string;
  schema: string;
  arguments: string;
}

export type Job = SchemaJob | ArgumentsJob;

/** The first fault: what of the arguments is wrong, and how ("must be string"). */
export interface ArgumentFault {
  place: string;
  rule: string;
}

export interface JobResult {
  /** Of a schema: the rule that it breaks. */
  rule?: string | undefined;
  /** Of arguments: what is to be left out of them before anybody uses them, as paths. */
  dropped?: string[][];
  fault?: ArgumentFault | undefined;
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Schema = { [keyword: string]: Json };

const MAX_COMPILED = 200;

const OPTIONS: Options = {
  strict: false,
  validateFormats: false, // an annotation in draft 2020-12
  ownProperties: true, // `required: ["toString"]` means the tenant's property
  logger: false,
  code: { regExp: Object.assign(linearPattern, { code: 'linearPattern' }) },
};
const metaSchema = new Ajv2020({ ...OPTIONS, code: {} });
const compiled = new Map<string, { schema: Schema; validate: ValidateFunction }>();

parentPort?.on('message', ({ id, job }: { id: number; job: Job }) => {
  let result: JobResult;
  try {
    result = 'key' in job ? checkArguments(job) : checkSchema(job);
  } catch (error) {
    // A schema that refers to itself without end, for the most part.
    const rule = error instanceof Error ? error.message : String(error);
    result = 'key' in job ? { fault: { place: '', rule } } : { rule: `must be a valid JSON Schema: ${rule}` };
  }
  parentPort?.postMessage({ id, result }, []);
});
metaSchema.validateSchema({ type: 'object' }); // compiles the meta-schema before it is needed

function linearPattern(pattern: string): { test(text: string): boolean } {
  const expression = RE2JS.compile(RE2JS.translateRegExp(pattern));
  return { test: (text) => expression.matcher(text).find() };
}

function checkSchema({ schema: text, patterns }: SchemaJob): JobResult {
  for (const [place, pattern] of patterns) {
    try {
      linearPattern(pattern);
    } catch (error) {
      const why = (error as Error).message.replace('error parsing regexp: ', '');
      return { rule: `must have patterns of RE2, without look-around and back-references: ${place}: ${why}` };
    }
  }
  const schema = parse(text) as Schema;
  if (!metaSchema.validateSchema(schema)) {
    const { place, rule } = describe(metaSchema.errors?.[0]);
    return { rule: `must be a valid JSON Schema: ${place || 'the schema'} ${rule}` };
  }
  // Runs it, too: a reference to itself has no end only then.
  compile(schema)({});
  return {};
}

/** 1e400 is a number, too: it is checked as the nearest one that can be computed with, and handed on as it was written. */
function parse(text: string): unknown {
  return JSON.parse(text, (_name, value: unknown) => {
    if (value === Infinity) return Number.MAX_VALUE;
    return value === -Infinity ? -Number.MAX_VALUE : value;
  });
}

function checkArguments({ key, schema: text, arguments: argumentsText }: ArgumentsJob): JobResult {
  const { schema, validate } = compiledOf(key, text);
  const value = parse(argumentsText) as Json;
  const dropped: string[][] = [];
  new Pruning(schema, dropped).prune(value, [schema], []);
  if (validate(value)) return { dropped };
  return { fault: describe(validate.errors?.[0]) };
}

function compiledOf(key: string, text: string) {
  const found = compiled.get(key) ?? newlyCompiled(text);
  // Deleting first moves the entry to the end: the first one is always the one used longest ago.
  compiled.delete(key);
  compiled.set(key, found);
  if (compiled.size > MAX_COMPILED) compiled.delete(compiled.keys().next().value!);
  return found;
}

function newlyCompiled(text: string) {
  const schema = parse(text) as Schema;
  return { schema, validate: compile(schema) };
}

/** Every validator has an instance to itself, so it can be dropped. */
function compile(schema: Schema): ValidateFunction {
  return new Ajv2020({ ...OPTIONS, meta: false, validateSchema: false }).compile(schema);
}

function describe(error: ErrorObject | undefined): ArgumentFault {
  const { additionalProperty, unevaluatedProperty, allowedValues } = (error?.params ?? {}) as Record<string, unknown>;
  const detail = additionalProperty ?? unevaluatedProperty ?? allowedValues;
  return {
    place: (error?.instancePath ?? '').slice(1).replaceAll('/', '.').slice(0, 200),
    rule: `${error?.message ?? 'must fit the schema'}${detail === undefined ? '' : `: ${JSON.stringify(detail)}`}`,
  };
}

/**
 * Takes out of arguments what the author did not declare, and null where an optional one may not be null: models send both. An object
 * whose author named its properties has these alone, unless he says otherwise with additionalProperties or unevaluatedProperties.
 */
class Pruning {
  private readonly root: Schema;
  private readonly dropped: string[][];

  constructor(root: Schema, dropped: string[][]) {
    this.root = root;
    this.dropped = dropped;
  }

  /** Changes `value`. `schemas` are those that hold for it. */
  prune(value: Json, schemas: Schema[], path: string[]): void {
    if (typeof value !== 'object' || value === null) return;
    const all = this.inPlace(schemas);
    if (all === undefined) return;
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) this.prune(item, itemSchemas(all, index), [...path, String(index)]);
      return;
    }
    const closed = isClosed(all, path.length === 0);
    for (const [name, item] of Object.entries(value)) {
      const declared = propertySchemas(all, name);
      const undeclared = declared === undefined && closed;
      const omitted = item === null && declared !== undefined && !isRequired(all, name) && !this.allowsNull(declared);
      if (undeclared || omitted) {
        delete value[name];
        this.dropped.push([...path, name]);
      } else if (declared) this.prune(item, declared, [...path, name]);
    }
  }

  /** With all that they refer to for the same value; undefined when a reference leads to a place that is not known here. */
  private inPlace(schemas: Schema[]): Schema[] | undefined {
    const all = new Set<Schema>();
    const waiting = [...schemas];
    for (let schema = waiting.pop(); schema; schema = waiting.pop()) {
      if (all.has(schema)) continue;
      all.add(schema);
      for (const keyword of ['allOf', 'anyOf', 'oneOf']) waiting.push(...schemasIn(schema[keyword]));
      for (const keyword of ['if', 'then', 'else']) waiting.push(...schemasIn([schema[keyword] ?? null]));
      if (isObject(schema['dependentSchemas'])) waiting.push(...schemasIn(Object.values(schema['dependentSchemas'])));
      for (const keyword of ['$ref', '$dynamicRef']) {
        const reference = schema[keyword];
        if (typeof reference !== 'string') continue;
        const target = this.resolve(reference);
        if (!target) return undefined;
        waiting.push(target);
      }
    }
    return [...all];
  }

  private resolve(reference: string): Schema | undefined {
    if (!/^#(\/|$)/.test(reference)) return undefined;
    let found: Json | undefined = this.root;
    for (const segment of reference.split('/').slice(1)) {
      const name = decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~');
      found = Array.isArray(found) ? found[Number(name)] : isObject(found) ? found[name] : undefined;
    }
    return isObject(found) ? found : undefined;
  }

  private allowsNull(schemas: Schema[], deeper = 0): boolean {
    if (deeper > 8) return true;
    return schemas.every((schema) => {
      const { type } = schema;
      const types = Array.isArray(type) ? type : [type];
      if (type !== undefined && !types.includes('null') && schema['nullable'] !== true) return false;
      if (Array.isArray(schema['enum']) && !schema['enum'].includes(null)) return false;
      if (schema['const'] !== undefined && schema['const'] !== null) return false;
      const target = typeof schema['$ref'] === 'string' ? this.resolve(schema['$ref']) : undefined;
      if (target && !this.allowsNull([target], deeper + 1)) return false;
      if (!this.allowsNull(schemasIn(schema['allOf']), deeper + 1)) return false;
      return ['anyOf', 'oneOf'].every((keyword) => {
        const branches = schemasIn(schema[keyword]);
        return branches.length === 0 || branches.some((branch) => this.allowsNull([branch], deeper + 1));
      });
    });
  }
}

function isObject(value: Json | undefined): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function schemasIn(list: Json | undefined): Schema[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** The whole arguments are closed even when no property is declared; an object within them is then free in form. */
function isClosed(schemas: Schema[], isWhole: boolean): boolean {
  // What false refuses is refused in words, so that the model can mend its call.
  const decided = ['additionalProperties', 'unevaluatedProperties'];
  if (schemas.some((schema) => decided.some((keyword) => schema[keyword] !== undefined))) return false;
  return (
    isWhole || schemas.some(({ properties, patternProperties }) => isObject(properties) || isObject(patternProperties))
  );
}

/** Undefined: nobody declares it. */
function propertySchemas(schemas: Schema[], name: string): Schema[] | undefined {
  const found: Json[] = [];
  for (const { properties, patternProperties, additionalProperties } of schemas) {
    const before = found.length;
    if (isObject(properties) && Object.hasOwn(properties, name)) found.push(properties[name]!);
    for (const [pattern, schema] of Object.entries(isObject(patternProperties) ? patternProperties : {})) {
      if (linearPattern(pattern).test(name)) found.push(schema);
    }
    if (found.length === before && isObject(additionalProperties)) found.push(additionalProperties);
  }
  return found.length === 0 ? undefined : schemasIn(found);
}

function itemSchemas(schemas: Schema[], index: number): Schema[] {
  return schemasIn(
    schemas.flatMap(({ prefixItems, items }) => {
      const own = Array.isArray(prefixItems) ? prefixItems[index] : undefined;
      return [own ?? items ?? null];
    }),
  );
}

function isRequired(schemas: Schema[], name: string): boolean {
  return schemas.some(({ required }) => Array.isArray(required) && required.includes(name));
}
