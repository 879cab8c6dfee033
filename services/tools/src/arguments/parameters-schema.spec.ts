import { describe, expect, it } from '@jest/globals';
import { parseParametersSchema } from './parameters-schema.js';

function ruleFor(schema: unknown): string | undefined {
  const parsed = parseParametersSchema(typeof schema === 'string' ? schema : JSON.stringify(schema));
  return 'rule' in parsed ? parsed.rule : undefined;
}

function nested(levels: number): object {
  return levels === 0 ? {} : { not: nested(levels - 1) };
}

describe('schemas of arguments', () => {
  it.each([
    { type: 'object' },
    { type: 'object', properties: { city: { type: 'string', pattern: '^[A-Z]', format: 'anything' } } },
    { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', required: ['toString'] },
    { type: 'object', $defs: { a: { type: 'string' } }, properties: { x: { $ref: '#/$defs/a' } } },
    { type: 'object', properties: { pattern: { type: 'string' }, $ref: { type: 'string' } }, 'x-own': 1 },
    { type: 'object', prefixItems: [{}], unevaluatedProperties: false, dependentRequired: { a: ['b'] } },
    { type: 'object', properties: { child: { $ref: '#' } } },
  ])('are accepted: %j', (schema) => {
    expect(ruleFor(schema)).toBeUndefined();
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
    ['a broken pattern', { type: 'object', properties: { a: { pattern: '(' } } }, 'must be a valid JSON Schema'],
    ['a remote reference', { type: 'object', properties: { a: { $ref: 'https://evil.example/s' } } }, 'start with #'],
    ['a reference to a file', { type: 'object', allOf: [{ $dynamicRef: 'file:///etc/passwd' }] }, 'start with #'],
    ['a reference to nothing', { type: 'object', properties: { a: { $ref: '#/$defs/b' } } }, "can't resolve"],
    ['a reference to itself', { type: 'object', $ref: '#' }, 'must be a valid JSON Schema'],
    ['$async', { type: 'object', $async: true }, 'must not use $async'],
    ['a long pattern', { type: 'object', properties: { a: { pattern: 'a'.repeat(201) } } }, '200 characters'],
    ['a long property pattern', { type: 'object', patternProperties: { ['a'.repeat(201)]: {} } }, '200 characters'],
    ['too deep', { type: 'object', ...nested(40) }, 'at most 32 levels'],
    ['too long', { type: 'object', description: 'x'.repeat(33_000) }, 'at most 32768 bytes'],
  ])('are refused when they are %s', (_, schema, rule) => {
    expect(ruleFor(schema)).toContain(rule);
  });

  it('cannot inject code through names', () => {
    const evil = `"]; process.exit(1); //`;
    const schema = { type: 'object', properties: { [evil]: { const: evil } }, required: [evil] };
    expect(ruleFor(schema)).toBeUndefined();
  });
});
