import { describe, expect, it } from '@jest/globals';
import { HttpMethod } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { toDefinition, toToolJson } from './tool.mapping.js';
import { toolInputSchema } from './tool.schemas.js';

const at = toTimestamp(new Date('2026-01-31T12:00:00Z'));
const http = { name: 'slots', description: 'Finds slots.', http: { method: 'GET', url: 'https://x.example/{day}' } };
const builtIn = { name: 'clock', description: 'Tells the time.', builtIn: { function: 'current_time' } };

const roundTrip = (input: unknown) =>
  toToolJson({ id: 'i', definition: toDefinition(toolInputSchema.parse(input)), createdAt: at, updatedAt: at });

describe('tool mapping', () => {
  it('sends the parameters as text and fills in what is left out', () => {
    expect(toDefinition(toolInputSchema.parse(http))).toEqual({
      name: 'slots',
      description: 'Finds slots.',
      parametersJsonSchema: '{"type":"object","properties":{}}',
      timeoutMs: 10_000,
      kind: {
        $case: 'http',
        value: { method: HttpMethod.HTTP_METHOD_GET, url: 'https://x.example/{day}', headers: {} },
      },
    });
  });

  it('answers each kind as it was written, the other one null', () => {
    const parameters = { type: 'object', properties: { day: { type: 'string' } } };
    expect(roundTrip({ ...http, parameters, timeoutMs: 500 })).toMatchObject({
      ...http,
      parameters,
      timeoutMs: 500,
      builtIn: null,
    });
    expect(roundTrip(builtIn)).toMatchObject({ ...builtIn, http: null });
  });

  it.each([{}, { http: http.http, builtIn: builtIn.builtIn }])('refuses a tool with %j', (kind) => {
    const tool = { name: 'x', description: 'y', ...kind };
    expect(toolInputSchema.safeParse(tool).error?.issues[0]?.message).toBe('must have either http or builtIn');
  });
});
