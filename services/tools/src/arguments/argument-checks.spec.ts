import { afterAll, describe, expect, it } from '@jest/globals';
import type { DomainError } from '@orbisvoice/service-kit/errors';
import { ArgumentChecks } from './argument-checks.js';

const checks = new ArgumentChecks();
afterAll(async () => await checks.onApplicationShutdown());

let count = 0;
async function check(schema: object, args: unknown, organizationId = 'organization') {
  const parametersJsonSchema = JSON.stringify(schema);
  const tool = { id: `tool-${++count}`, organizationId, parametersJsonSchema, updatedAt: new Date() };
  return await checks.check(tool, typeof args === 'string' ? args : JSON.stringify(args));
}

async function refusal(schema: object, args: unknown): Promise<{ spoken: string; rule: string | undefined }> {
  const error = (await check(schema, args).catch((thrown: unknown) => thrown)) as DomainError;
  expect(error).toMatchObject({ kind: 'invalid_argument', violations: [{ field: 'arguments_json' }] });
  return { spoken: error.message, rule: error.violations[0]?.message };
}

/** What this thread itself used of the processor while `work` went on: others on the machine don't count. */
async function ownCpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

const weather = {
  type: 'object',
  properties: { city: { type: 'string' }, unit: { enum: ['C', 'F'] } },
  required: ['city'],
  additionalProperties: false,
};

describe("a model's arguments", () => {
  it('keep numbers that JavaScript can not hold', async () => {
    const sums = { type: 'array', items: { type: 'number' } };
    const schema = { type: 'object', properties: { id: { type: 'integer' }, sums }, required: ['id'] };
    const args = '{"id":2512292042121000001,"sums":[1e400,-1e400,0.30000000000000004441,-0]}';
    expect(JSON.stringify(await check(schema, args))).toBe(args);
    expect((await refusal({ ...schema, properties: { id: { maximum: 5 } } }, '{"id":1e400}')).rule).toContain('<= 5');
  });

  it('are parsed when they fit', async () => {
    expect(await check(weather, { city: 'Ulm', unit: 'C' })).toEqual({ city: 'Ulm', unit: 'C' });
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
    ['null where they are needed', { city: null }, 'city must be string'],
  ])('are refused when they are %s, in words that may be said aloud', async (_, args, rule) => {
    const refused = await refusal(weather, args);
    expect(refused.rule).toContain(rule);
    expect(refused.spoken).not.toMatch(/arguments_json|JSON| ms|bytes|schema|[{}]/);
    expect(refused.spoken).toMatch(/try (it )?again/i);
  });

  it('do not inherit properties', async () => {
    const schema = { type: 'object', properties: { toString: { type: 'string' } }, required: ['toString'] };
    expect((await refusal(schema, {})).rule).toContain('toString');
  });

  it('are matched with patterns in linear time', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } };
    const refused = await refusal(schema, { a: `${'a'.repeat(60_000)}!` });
    expect(refused.rule).toContain('a must match pattern');
    expect(refused.spoken).toContain('a is not written as expected');
    expect(refused.spoken).not.toContain('^');
  });

  it('never hold up the thread that carries calls, and those of others get their turn', async () => {
    const list = { type: 'array', allOf: Array.from({ length: 50 }, () => ({ uniqueItems: true })) };
    const schema = { type: 'object', properties: { a: list } };
    const many = { a: Array.from({ length: 5_000 }, (_, n) => ({ n })) };
    let hostile: Promise<{ spoken: string }>[] = [];
    const usedMs = await ownCpuMs(async () => {
      hostile = [1, 2, 3].map(async () => await refusal(schema, many));
      expect(await check(weather, { city: 'Ulm' }, 'another organization')).toEqual({ city: 'Ulm' });
    });
    expect(usedMs).toBeLessThan(500);
    for (const { spoken } of await Promise.all(hostile)) expect(spoken).toContain('so many details');
    expect(await check(weather, { city: 'Ulm' })).toEqual({ city: 'Ulm' });
  }, 60_000);

  it('are checked against the schema of the last update', async () => {
    const tool = { id: 'tool', organizationId: 'o', parametersJsonSchema: JSON.stringify(weather) };
    await expect(checks.check({ ...tool, updatedAt: new Date(1) }, '{}')).rejects.toThrow('city');
    const changed = { ...tool, parametersJsonSchema: '{"type":"object"}', updatedAt: new Date(2) };
    expect(await checks.check(changed, '{}')).toEqual({});
  });
});

describe('null', () => {
  const text = { type: 'string' };
  const schema = {
    type: 'object',
    properties: {
      city: text,
      note: { type: ['string', 'null'] },
      unit: { enum: ['C', 'F'] },
      either: { anyOf: [text, { type: 'null' }] },
      where: { $ref: '#/$defs/where' },
      list: { type: 'array', items: { type: 'object', properties: { a: text } } },
    },
    $defs: {
      where: { type: 'object', properties: { street: text, floor: { type: 'integer' } }, required: ['street'] },
    },
  };

  it.each([
    [{ city: null, unit: null }, {}],
    [
      { note: null, either: null },
      { note: null, either: null },
    ],
    [{ where: null }, {}],
    [{ where: { street: 'A', floor: null } }, { where: { street: 'A' } }],
    [{ list: [{ a: null }, { a: 'x' }] }, { list: [{}, { a: 'x' }] }],
  ])('counts as left out where it may be: %j', async (args, expected) => {
    expect(await check(schema, args)).toEqual(expected);
  });
});

describe('what the author did not declare', () => {
  const a = { properties: { a: { type: 'number' } } };

  it.each([
    [{ type: 'object' }, { tenant: 2 }, {}],
    [{ type: 'object', ...a }, { a: 1, tenant: 2 }, { a: 1 }],
    [{ type: 'object', properties: { in: { type: 'object', ...a } } }, { in: { a: 1, b: 2 } }, { in: { a: 1 } }],
    [
      { type: 'object', allOf: [a], properties: { b: {} } },
      { a: 1, b: 2, c: 3 },
      { a: 1, b: 2 },
    ],
    [{ type: 'object', $ref: '#/$defs/x', $defs: { x: a } }, { a: 1, c: 3 }, { a: 1 }],
    [{ type: 'object', patternProperties: { '^x-': {} } }, { 'x-a': 1, c: 3 }, { 'x-a': 1 }],
    [
      { type: 'object', ...a, additionalProperties: true },
      { a: 1, c: 3 },
      { a: 1, c: 3 },
    ],
    [
      { type: 'object', ...a, additionalProperties: { type: 'number' } },
      { a: 1, c: 3 },
      { a: 1, c: 3 },
    ],
    [{ type: 'object', properties: { free: { type: 'object' } } }, { free: { x: 1 } }, { free: { x: 1 } }],
  ])('is left out, unless additional properties are allowed: %j', async (schema, args, expected) => {
    expect(await check(schema, args)).toEqual(expected);
  });
});
