/** Tools as JSON. `parameters` is a JSON Schema itself here, text between services. */
import { z } from 'zod';
import { oneOf, rule, text, timestamp, uuid, wholeNumber } from '../http/fields.js';
import type { JsonValue } from '../http/json-value.js';
import { pageOf } from '../http/pages.js';

const toolExample = {
  name: 'find_free_slots',
  description: 'Finds free appointments on a day. Use it before you offer a time.',
  parameters: {
    type: 'object',
    properties: { date: { type: 'string', format: 'date', description: 'The day, such as 2026-01-31.' } },
    required: ['date'],
  },
  timeoutMs: 5_000,
  http: { method: 'GET' as const, url: 'https://calendar.example.com/slots', headers: { 'X-Practice': '17' } },
};

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

const httpFields = {
  method: oneOf(HTTP_METHODS),
  url: text(1, 2_000).meta({
    description: 'http or https. `{name}` in the path is replaced by that argument.',
  }),
  headers: z
    .record(text(1, 100), text(0, 4_000), rule('must be an object of texts'))
    .meta({ description: 'At most 32. Hop-by-hop headers, Host and Content-Length are refused.' }),
};
const builtInFields = {
  function: text(1, 100).meta({ description: 'A function that the platform ships.', examples: ['current_time'] }),
};
const toolFields = {
  name: z
    .string(rule('must be text'))
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must start with a letter or _ and have at most 64 letters, digits and _')
    .meta({ description: 'What the model calls it.' }),
  description: text(1, 2_000).meta({ description: 'What it does and when to use it, for the model.' }),
  parameters: z.record(z.string(), z.any(), rule('must be a JSON Schema of an object')).meta({
    description:
      'JSON Schema (draft 2020-12) of the arguments: an object schema of at most 32 kB. What it does not declare is left out, unless it says additionalProperties.',
  }),
  timeoutMs: wholeNumber(100, 60_000).meta({ description: 'The run is aborted after this time.' }),
};

const HTTP = 'Calls an HTTP endpoint. Arguments go into the query for GET and DELETE, else into a JSON body.';
const BUILT_IN = 'Runs a function of the platform.';

export const toolInputSchema = z
  .strictObject(
    {
      ...toolFields,
      parameters: toolFields.parameters.default({ type: 'object', properties: {} }),
      timeoutMs: toolFields.timeoutMs.default(10_000),
      http: z
        .strictObject({ ...httpFields, headers: httpFields.headers.default({}) }, rule('must be an object'))
        .optional()
        .meta({ description: HTTP }),
      builtIn: z.strictObject(builtInFields, rule('must be an object')).optional().meta({ description: BUILT_IN }),
    },
    rule('must be a JSON object'),
  )
  .refine((tool) => (tool.http === undefined) !== (tool.builtIn === undefined), 'must have either http or builtIn')
  .meta({
    id: 'ToolInput',
    description: 'Exactly one of `http` and `builtIn` says what the tool does.',
    oneOf: [{ required: ['http'] }, { required: ['builtIn'] }],
    examples: [toolExample],
  });

export const toolSchema = z
  .object({
    id: uuid,
    ...toolFields,
    http: z.object(httpFields).nullable().meta({ description: HTTP }),
    builtIn: z.object(builtInFields).nullable().meta({ description: BUILT_IN }),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({
    id: 'Tool',
    examples: [
      {
        id: '9b2f5c1e-6d1a-4d57-8a06-0e6a1f3c5b21',
        ...toolExample,
        builtIn: null,
        createdAt: '2026-01-31T12:00:00.000Z',
        updatedAt: '2026-01-31T12:00:00.000Z',
      },
    ],
  });

export const toolPageSchema = pageOf('ToolPage', toolSchema);

export type ToolInput = z.output<typeof toolInputSchema>;
export type ToolJson = Omit<z.output<typeof toolSchema>, 'parameters'> & { parameters: JsonValue };
