import { afterAll, describe, expect, it } from '@jest/globals';
import type { DomainError } from '@orbisvoice/service-kit/errors';
import { SchemaChecks } from './schema-checks.js';

const checks = new SchemaChecks();
afterAll(async () => await checks.onApplicationShutdown());

async function ruleFor(schema: unknown): Promise<string | undefined> {
  const text = typeof schema === 'string' ? schema : JSON.stringify(schema);
  try {
    await checks.check('organization', 'parameters', text);
    return undefined;
  } catch (error) {
    return (error as DomainError).violations[0]!.message;
  }
}

function nested(levels: number): object {
  return levels === 0 ? {} : { not: nested(levels - 1) };
}

const ofA = (schema: object) => ({ type: 'object', properties: { a: schema } });
const properties = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, { type: 'string' }]));
const references = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, { $ref: '#' }]));

describe('schemas of arguments', () => {
  it.each<object>([
    { type: 'object' },
    { type: 'object', properties: { city: { type: 'string', pattern: '^[A-Z]', format: 'anything' } } },
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { toString: {} },
      required: ['toString'],
    },
    { type: 'object', $defs: { a: { type: 'string' } }, properties: { x: { $ref: '#/$defs/a' } } },
    { type: 'object', properties: { pattern: { type: 'string' }, $ref: { type: 'string' } }, 'x-own': 1 },
    {
      type: 'object',
      properties: { l: { type: 'array', prefixItems: [{}] } },
      unevaluatedProperties: false,
      dependentRequired: { a: ['b'] },
    },
    { type: 'object', properties: { child: { $ref: '#' } } },
    { type: 'object', properties: { a: {}, b: {} }, anyOf: [{ required: ['a'] }, { required: ['b'] }] },
    { type: 'object', required: ['a'], allOf: [{ properties: { a: {} } }] },
    { type: 'object', required: ['a'], additionalProperties: true },
    { type: 'object', properties: { a: { type: ['string', 'null'], enum: ['x', null], minLength: 1, maxLength: 1 } } },
    { type: 'object', properties: { a: { type: 'integer', enum: [1, 2], minimum: 1, maximum: 1 } } },
    { type: 'object', properties: { a: { enum: ['x', 1] }, b: { const: { type: 'string', minimum: 1 } } } },
  ])('are accepted: %j', async (schema) => {
    expect(await ruleFor(schema)).toBeUndefined();
  });

  it.each([
    ['not JSON', '{', 'must be valid JSON'],
    ['a list', [], 'must be a JSON object'],
    ['a boolean', true, 'must be a JSON object'],
    ['not of an object', { type: 'string' }, 'must be the schema of an object'],
    ['of no type', {}, 'must be the schema of an object'],
    ['of several types', { type: ['object', 'null'] }, 'must be the schema of an object'],
    ['another draft', { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' }, 'draft 2020-12'],
    ['an unknown type', { type: 'object', properties: { a: { type: 'strin' } } }, 'must be a valid JSON Schema'],
    ['a broken keyword', { type: 'object', required: 'city' }, 'must be a valid JSON Schema: required must be array'],
    [
      'a broken pattern',
      { type: 'object', properties: { a: { pattern: '(' } } },
      'properties.a.pattern: missing closing',
    ],
    ['a remote reference', { type: 'object', properties: { a: { $ref: 'https://evil.example/s' } } }, 'start with #'],
    ['a reference to a file', { type: 'object', allOf: [{ $dynamicRef: 'file:///etc/passwd' }] }, 'start with #'],
    ['a reference to nothing', { type: 'object', properties: { a: { $ref: '#/$defs/b' } } }, "can't resolve"],
    ['a reference to itself', { type: 'object', $ref: '#' }, 'must be a valid JSON Schema'],
    ['$async', { type: 'object', $async: true }, 'must not use $async'],
    ['a long pattern', { type: 'object', properties: { a: { pattern: 'a'.repeat(201) } } }, '200 characters'],
    ['a long property pattern', { type: 'object', patternProperties: { ['a'.repeat(201)]: {} } }, '200 characters'],
    ['with look-ahead', ofA({ type: 'string', pattern: '(?=a)a' }), 'properties.a.pattern: invalid or unsupported'],
    ['with a back-reference', ofA({ patternProperties: { '(a)\\1': {} } }), 'properties.a.patternProperties'],
    ['requiring the undeclared', { type: 'object', required: ['a'] }, 'the schema requires "a"'],
    [
      'requiring so within',
      ofA({ type: 'object', properties: { b: {} }, required: ['c'] }),
      'properties.a requires "c"',
    ],
    ['requiring so in a branch', { type: 'object', anyOf: [{ required: ['a'] }] }, 'anyOf.0 requires "a"'],
    ['requiring what nothing fits', { type: 'object', properties: { a: false }, required: ['a'] }, 'nothing fits'],
    [
      'of a text with properties',
      ofA({ type: 'string', properties: {} }),
      'properties.a has properties, which its type',
    ],
    ['of a number with a pattern', ofA({ type: 'number', pattern: 'a' }), 'has pattern'],
    ['of texts among numbers', ofA({ type: 'integer', enum: [1, '2'] }), 'has "2" in its enum'],
    ['of null where it may not be', ofA({ type: 'string', enum: ['a', null] }), 'has null in its enum'],
    ['of no value', ofA({ enum: [] }), 'enum without values'],
    ['of another constant', ofA({ type: 'string', const: 1 }), 'const that is not of type'],
    ['of no number', ofA({ type: 'number', minimum: 3, maximum: 2 }), 'minimum of 3 and a maximum of 2'],
    ['of no length', ofA({ minLength: 3, maxLength: 2 }), 'nothing fits'],
    ['of no list', ofA({ type: 'array', items: ofA({ minItems: 3, maxItems: 2 }) }), 'properties.a.items.properties.a'],
    ['between equal ends', ofA({ minimum: 1, exclusiveMaximum: 1 }), 'nothing fits'],
    ['of 700 references', { type: 'object', properties: references(700) }, 'at most 300 schemas'],
    ['of 900 properties', { type: 'object', properties: properties(900) }, 'at most 300 schemas'],
    ['too deep', { type: 'object', ...nested(40) }, 'at most 32 levels'],
    ['too long', { type: 'object', description: 'x'.repeat(33_000) }, 'at most 32768 bytes'],
  ])('are refused when they are %s', async (_, schema, rule) => {
    expect(await ruleFor(schema)).toContain(rule);
  });

  it('cannot inject code through names', async () => {
    const evil = `"]; process.exit(1); //`;
    const schema = { type: 'object', properties: { [evil]: { const: evil } }, required: [evil] };
    expect(await ruleFor(schema)).toBeUndefined();
  });
});
