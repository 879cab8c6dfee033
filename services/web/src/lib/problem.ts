/** Errors of the REST API: RFC 9457 problem documents as one error class with a sentence and the fields at fault. */

export interface FieldError {
  /** As the API names it, such as "config.prompt". */
  field: string;
  message: string;
}

export interface ApiErrorDetails {
  /** HTTP status. 0: there was no answer. */
  status: number;
  /** Last part of the problem's type, such as "not-found"; "unreachable" without an answer. */
  kind: string;
  /** A sentence for people. */
  message: string;
  fieldErrors?: FieldError[];
  retryable?: boolean;
  retryAfterMs?: number;
  cause?: unknown;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly kind: string;
  readonly fieldErrors: FieldError[];
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(details: ApiErrorDetails) {
    super(details.message, { cause: details.cause });
    this.status = details.status;
    this.kind = details.kind;
    this.fieldErrors = details.fieldErrors ?? [];
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** What is wrong with one field, undefined when nothing is. */
  fieldMessage(field: string): string | undefined {
    return this.fieldErrors.find((error) => error.field === field)?.message;
  }
}

export function unreachable(apiUrl: string, cause: unknown): ApiError {
  const message = `The API at ${apiUrl} does not answer. Check that it runs and that this page may reach it.`;
  return new ApiError({ status: 0, kind: 'unreachable', message, retryable: true, cause });
}

/** The error of an answer that is not 2xx. `body` is its parsed JSON, or undefined when it has none. */
export function fromAnswer(status: number, body: unknown, retryAfter: string | null): ApiError {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const seconds = Number(retryAfter ?? Number.NaN);
  return new ApiError({
    status,
    kind: typeof problem['type'] === 'string' ? (problem['type'].split('/').at(-1) ?? '') : `http-${status}`,
    message: typeof problem['detail'] === 'string' ? problem['detail'] : `The API answered with status ${status}.`,
    fieldErrors: Array.isArray(problem['errors']) ? problem['errors'].filter(isFieldError) : [],
    retryable: problem['retryable'] === true,
    ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {}),
  });
}

function isFieldError(value: unknown): value is FieldError {
  const { field, message } = (value ?? {}) as Record<string, unknown>;
  return typeof field === 'string' && typeof message === 'string';
}

/** Any thrown value as a sentence for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'Something went wrong.';
}
