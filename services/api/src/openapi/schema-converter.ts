/** zod schemas as JSON Schema 2020-12, which is what OpenAPI 3.1 speaks. Named schemas (`meta({id})`) become components. */
import type { StandardSchemaConverter } from '@nestjs/swagger';
import { z } from 'zod';

type JsonSchema = Record<string, unknown>;

const COMPONENTS = '#/components/schemas/';

export const convertSchema: StandardSchemaConverter = (schema, { schemaType }) => {
  if (!(schema instanceof z.ZodType)) return undefined;
  const {
    $schema: _dialect,
    $defs = {},
    ...root
  } = z.toJSONSchema(schema, {
    io: schemaType,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => relax(zodSchema, jsonSchema as JsonSchema),
  }) as JsonSchema & { $defs?: Record<string, JsonSchema> };
  const components = Object.fromEntries(Object.entries($defs).map(([name, found]) => [name, withoutId(found)]));
  const id = schema.meta()?.id;
  if (id === undefined || '$ref' in root) return { schema: toComponentRef(root), components };
  return { schema: { $ref: `${COMPONENTS}${id}` }, components: { ...components, [id]: withoutId(root) } };
};

function toComponentRef(root: JsonSchema): JsonSchema {
  if (typeof root['$ref'] !== 'string') return root;
  return { ...root, $ref: root['$ref'].replace('#/$defs/', COMPONENTS) };
}

/** Answers may get new fields later, so only schemas that are strict themselves forbid unknown ones. */
function relax(zodSchema: z.core.$ZodType, jsonSchema: JsonSchema): void {
  const { def } = zodSchema._zod as { def: { type: string; catchall?: z.core.$ZodType } };
  if (def.type === 'object' && def.catchall === undefined) delete jsonSchema['additionalProperties'];
  // The format says it in a word.
  if (jsonSchema['format'] === 'uuid' || jsonSchema['format'] === 'date-time') delete jsonSchema['pattern'];
  if (jsonSchema['minLength'] === 0) delete jsonSchema['minLength'];
  // zod writes the bounds of every integer; they say nothing that "integer" does not.
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum'];
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum'];
}

function withoutId({ id: _id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
