/** Domain errors name fields as the .proto files do; this edge's callers know them under other names. */
import { DomainError, type Violation } from '@orbisvoice/service-kit/errors';

/** Where REST has another name than the camelCase of the proto's. */
export type FieldNames = Record<string, string>;

const COMMON: FieldNames = { page_size: 'limit', page_token: 'cursor' };

/** JSON has no `definition` around a tool's fields. */
export const TOOL_FIELD_NAMES: FieldNames = {
  definition: '',
  'definition.parameters_json_schema': 'parameters',
};

/** `error` with the fields of its violations, and of its sentence, renamed. */
export function renameFields(error: DomainError, names: FieldNames = {}): DomainError {
  if (error.violations.length === 0) return error;
  const violations = error.violations.map((violation) => renameViolation(violation, { ...COMMON, ...names }));
  const [before] = error.violations;
  const [after] = violations;
  const isAboutFirst = error.message === `${before?.field}: ${before?.message}`;
  return new DomainError(error.kind, isAboutFirst ? `${after?.field}: ${after?.message}` : error.message, {
    violations,
    retryable: error.retryable,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    cause: error.cause,
  });
}

function renameViolation({ field, message }: Violation, names: FieldNames): Violation {
  const renamed = renameField(field, names);
  return { field: renamed, message: message.replace('next_page_token', 'nextCursor') };
}

/** "config.tool_ids.0" -> "config.toolIds.0"; the longest known prefix is replaced first. */
function renameField(field: string, names: FieldNames): string {
  const known = Object.keys(names)
    .filter((name) => field === name || field.startsWith(`${name}.`))
    .toSorted((a, b) => b.length - a.length)[0];
  const replaced = known === undefined ? field : `${names[known]}${field.slice(known.length)}`.replace(/^\./, '');
  return replaced.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
