/** What a caller may define, as zod schemas over the messages of tools.proto. The validation pipe reports snake-case names. */
import { HttpMethod, type ToolDefinition as DefinitionMessage } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { z } from 'zod';
import { parseParametersSchema } from '../arguments/parameters-schema.js';
import { isBuiltIn } from '../executions/built-in-tools.js';
import { brokenHeaderRule } from './header-rules.js';
import type { HttpToolMethod } from './tool.entity.js';
import { brokenUrlRule, fixedNames, placeholdersOf } from './url-template.js';

const DEFAULT_TIMEOUT_MS = 10_000;

const METHODS = new Map<HttpMethod, HttpToolMethod>([
  [HttpMethod.HTTP_METHOD_GET, 'GET'],
  [HttpMethod.HTTP_METHOD_POST, 'POST'],
  [HttpMethod.HTTP_METHOD_PUT, 'PUT'],
  [HttpMethod.HTTP_METHOD_PATCH, 'PATCH'],
  [HttpMethod.HTTP_METHOD_DELETE, 'DELETE'],
]);
export const METHOD_NUMBERS = new Map([...METHODS].map(([number, name]) => [name, number]));

const httpTool = z.object({
  method: z.number().transform((number, context): HttpToolMethod => {
    const method = METHODS.get(number);
    if (method) return method;
    context.addIssue({ code: 'custom', message: 'must be GET, POST, PUT, PATCH or DELETE' });
    return z.NEVER;
  }),
  url: z.string().superRefine(report(brokenUrlRule)),
  headers: z.record(z.string(), z.string()).superRefine(report(brokenHeaderRule)),
});

const builtInTool = z.object({
  function: z.string().refine(isBuiltIn, 'must be a function that the platform ships, such as current_time'),
});

const definition = z
  .object(
    {
      name: z
        .string()
        .regex(
          /^[A-Za-z_][A-Za-z0-9_]{0,63}$/,
          'must be a letter or underscore, then letters, digits or underscores, at most 64 characters in all',
        ),
      description: z
        .string()
        .refine((text) => text.trim().length > 0 && text.length <= 2_000, 'must have 1 to 2,000 characters')
        .refine((text) => !text.includes('\0'), 'must not contain the NUL character'),
      parametersJsonSchema: z.string().superRefine(
        report((text) => {
          const parsed = parseParametersSchema(text);
          return 'rule' in parsed ? parsed.rule : undefined;
        }),
      ),
      timeoutMs: z
        .number()
        .refine((value) => value === 0 || (value >= 100 && value <= 60_000), 'must be 0 or between 100 and 60,000')
        .transform((value) => (value === 0 ? DEFAULT_TIMEOUT_MS : value)),
      http: httpTool.optional(),
      builtIn: builtInTool.optional(),
    },
    'is required',
  )
  .superRefine((value, context) => {
    if (!value.http && !value.builtIn) {
      context.addIssue({ code: 'custom', message: 'must be an http or a built_in tool' });
    }
    const doubled = value.http && doubledName(value.http.url, value.parametersJsonSchema);
    if (doubled !== undefined) {
      const message = `has ${doubled} in its query, which is a property of parameters_json_schema, too: the model would contradict it`;
      context.addIssue({ code: 'custom', path: ['http', 'url'], message });
    }
    const missing = value.http && missingPlaceholder(value.http.url, value.parametersJsonSchema);
    if (missing !== undefined) {
      const message = `{${missing}} must be a property that parameters_json_schema requires`;
      context.addIssue({ code: 'custom', path: ['http', 'url'], message });
    }
  });

export type ToolDefinition = z.output<typeof definition>;

/** A definition message; the tool's kind becomes `http` or `builtIn`, so that fields are named as callers wrote them. */
export const toolDefinition = z.preprocess((message) => flatten(message as DefinitionMessage | undefined), definition);

function flatten(message: DefinitionMessage | undefined): unknown {
  if (!message) return undefined;
  const { kind, ...common } = message;
  return {
    ...common,
    http: kind?.$case === 'http' ? kind.value : undefined,
    builtIn: kind?.$case === 'builtIn' ? kind.value : undefined,
  };
}

function report<T>(brokenRule: (value: T) => string | undefined) {
  return (value: T, context: z.RefinementCtx) => {
    const message = brokenRule(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  };
}

function missingPlaceholder(url: string, schemaText: string): string | undefined {
  const schema = parseParametersSchema(schemaText);
  if ('rule' in schema) return undefined;
  const properties = Object.keys((schema.schema['properties'] ?? {}) as object);
  const required = (schema.schema['required'] ?? []) as string[];
  return placeholdersOf(url).find((name) => !properties.includes(name) || !required.includes(name));
}

/** A name that the author gave a value himself. */
function doubledName(url: string, schemaText: string): string | undefined {
  const schema = parseParametersSchema(schemaText);
  if ('rule' in schema || brokenUrlRule(url) !== undefined) return undefined;
  const properties = Object.keys((schema.schema['properties'] ?? {}) as object);
  const { has } = fixedNames(url);
  return properties.find(has);
}
