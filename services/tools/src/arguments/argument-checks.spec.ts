import { describe, expect, it } from '@jest/globals';
import { ArgumentChecks } from './argument-checks.js';

function check(schema: object, args: unknown) {
  const tool = { id: 'tool', parametersJsonSchema: JSON.stringify(schema), updatedAt: new Date() };
  return new ArgumentChecks().check(tool, typeof args === 'string' ? args : JSON.stringify(args));
}

const weather = {
  type: 'object',
  properties: { city: { type: 'string' }, unit: { enum: ['C', 'F'] } },
  required: ['city'],
  additionalProperties: false,
};

describe("a model's arguments", () => {
  it('are parsed when they fit', () => {
    expect(check(weather, { city: 'Ulm', unit: 'C' })).toEqual({ city: 'Ulm', unit: 'C' });
  });

  it.each([
    ['missing', {}, "must have required property 'city'"],
    ['of the wrong type', { city: 7 }, 'city must be string'],
    ['not among the values', { city: 'Ulm', unit: 'K' }, 'unit must be equal to one of the allowed values: ["C","F"]'],
    ['unknown', { city: 'Ulm', when: 'now' }, 'must NOT have additional properties: "when"'],
    ['a list', [], 'must be a JSON object'],
    ['not JSON', 'city=Ulm', 'must be valid JSON'],
    ['empty', '', 'must be valid JSON'],
    ['too long', { city: 'x'.repeat(70_000) }, 'at most 65536 bytes'],
    ['too deep', `{"city":${'['.repeat(40)}${']'.repeat(40)}}`, 'at most 32 levels'],
  ])('are refused when they are %s', (_, args, rule) => {
    expect(() => check(weather, args)).toThrow(`arguments_json: `);
    expect(() => check(weather, args)).toThrow(rule);
  });

  it('do not inherit properties', () => {
    expect(() => check({ type: 'object', required: ['toString'] }, {})).toThrow('toString');
  });

  it('cannot hold up the process with a pattern that backtracks without end', () => {
    const schema = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } };
    const startedAt = Date.now();
    expect(() => check(schema, { a: `${'a'.repeat(50)}!` })).toThrow('in time');
    expect(Date.now() - startedAt).toBeLessThan(2_000);
  });

  it('are checked against the schema of the last update', () => {
    const checks = new ArgumentChecks();
    const tool = { id: 'tool', parametersJsonSchema: JSON.stringify(weather), updatedAt: new Date(1) };
    expect(() => checks.check(tool, '{}')).toThrow('city');
    expect(checks.check({ ...tool, parametersJsonSchema: '{"type":"object"}', updatedAt: new Date(2) }, '{}')).toEqual(
      {},
    );
  });
});
