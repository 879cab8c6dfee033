/**
 * The one domain error. It is made where something goes wrong, crosses gRPC intact (grpc-errors.ts), and only the edges
 * turn it into problem+json (problem-filter.ts) or a close code.
 */
export const ERROR_KINDS = [
  'invalid_argument',
  'unauthenticated',
  'permission_denied',
  'not_found',
  'conflict',
  'failed_precondition',
  'resource_exhausted',
  'cancelled',
  'deadline_exceeded',
  'unavailable',
  'internal',
] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

/** One broken rule. `field` is the path in the caller's own input, such as "config.prompt". */
export interface Violation {
  field: string;
  message: string;
}

export interface DomainErrorOptions {
  violations?: Violation[];
  /** True when the same request may succeed later. Default: only for `unavailable` and `deadline_exceeded`. */
  retryable?: boolean;
  /** When to try again, for `resource_exhausted` and `unavailable`. */
  retryAfterMs?: number;
  cause?: unknown;
}

export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly violations: Violation[];
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  /** `message` is a sentence that is safe to show to the caller: no secret, no other tenant's data, no stack. */
  constructor(
    readonly kind: ErrorKind,
    message: string,
    options: DomainErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.violations = options.violations ?? [];
    this.retryable = options.retryable ?? (kind === 'unavailable' || kind === 'deadline_exceeded');
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** An `invalid_argument` about one field. */
export function invalidField(field: string, message: string): DomainError {
  return new DomainError('invalid_argument', `${field}: ${message}`, { violations: [{ field, message }] });
}

export function notFound(noun: string, id: string): DomainError {
  return new DomainError('not_found', `There is no ${noun} with id ${JSON.stringify(id.slice(0, 100))}.`);
}

/** Any thrown value as a DomainError. What is not one becomes `internal` with a sentence that reveals nothing. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  return new DomainError('internal', 'Something went wrong on our side.', { cause: error });
}
