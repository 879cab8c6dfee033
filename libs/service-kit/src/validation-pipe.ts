import { StandardSchemaValidationPipe } from '@nestjs/common';
import { DomainError, type Violation } from './errors.js';

interface Issue {
  message: string;
  path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined;
  /** zod's `unrecognized_keys`: the names that a strict object does not know. */
  keys?: readonly string[];
}

const MAX_VIOLATIONS = 20;
const MAX_NAME = 100;

/** Validates every parameter that carries a zod schema. A failure is `invalid_argument` and names each field. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({ exceptionFactory: toInvalidArgument });
}

/** The same for gRPC handlers: fields are named as in the .proto file, such as "config.tool_ids.0". */
export function rpcValidationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({ exceptionFactory: (issues) => toInvalidArgument(issues, toSnakeCase) });
}

export function toInvalidArgument(
  issues: readonly Issue[],
  nameSegment: (segment: string) => string = (segment) => segment,
): DomainError {
  const violations = issues.flatMap((issue) => toViolations(issue, nameSegment)).slice(0, MAX_VIOLATIONS);
  const [first] = violations;
  const message = first ? `${first.field}: ${first.message}` : 'The request is not valid.';
  return new DomainError('invalid_argument', message, { violations });
}

function toSnakeCase(segment: string): string {
  return segment.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toViolations(issue: Issue, nameSegment: (segment: string) => string): Violation[] {
  const path = (issue.path ?? []).map((segment) =>
    nameSegment(String(typeof segment === 'object' ? segment.key : segment)),
  );
  if (issue.keys === undefined) return [{ field: path.join('.') || 'body', message: issue.message }];
  return issue.keys.map((key) => ({
    field: [...path, key.slice(0, MAX_NAME)].join('.'),
    message: 'is not a known field',
  }));
}
