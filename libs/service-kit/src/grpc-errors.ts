/** Domain errors across gRPC: the status code for tools that know gRPC, the whole error in a trailer for us. */
import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { z } from 'zod';
import { DomainError, toDomainError, type ErrorKind } from './errors.js';

const ERROR_TRAILER = 'orbisvoice-error-bin';

const CODES: Record<ErrorKind, status> = {
  invalid_argument: status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  permission_denied: status.PERMISSION_DENIED,
  not_found: status.NOT_FOUND,
  conflict: status.ALREADY_EXISTS,
  failed_precondition: status.FAILED_PRECONDITION,
  resource_exhausted: status.RESOURCE_EXHAUSTED,
  cancelled: status.CANCELLED,
  deadline_exceeded: status.DEADLINE_EXCEEDED,
  unavailable: status.UNAVAILABLE,
  internal: status.INTERNAL,
};
const KINDS = new Map(Object.entries(CODES).map(([kind, code]) => [code, kind as ErrorKind]));

const wireError = z.object({
  kind: z.enum(Object.keys(CODES) as [ErrorKind, ...ErrorKind[]]),
  message: z.string(),
  violations: z.array(z.object({ field: z.string(), message: z.string() })),
  retryable: z.boolean(),
  retryAfterMs: z.number().optional(),
});

export function grpcCodeOf(error: DomainError): status {
  return CODES[error.kind];
}

/** What a gRPC handler throws: status, message, and the domain error as JSON in a trailer. */
export function toGrpcStatus(thrown: unknown): { code: status; message: string; details: string; metadata: Metadata } {
  const error = toDomainError(thrown);
  const metadata = new Metadata();
  const { kind, message, violations, retryable, retryAfterMs } = error;
  metadata.set(ERROR_TRAILER, Buffer.from(JSON.stringify({ kind, message, violations, retryable, retryAfterMs })));
  return { code: CODES[kind], message, details: message, metadata };
}

/** The domain error behind a failed RPC. Failures that no service of ours made (connection lost, deadline) get one too. */
export function fromGrpcError(thrown: ServiceError, serviceName: string): DomainError {
  const trailer = thrown.metadata?.get(ERROR_TRAILER)[0];
  if (trailer !== undefined) {
    const wire = wireError.safeParse(JSON.parse(trailer.toString()));
    if (wire.success) {
      const { kind, message, ...options } = wire.data;
      return new DomainError(kind, message, { ...options, cause: thrown });
    }
  }
  const kind = KINDS.get(thrown.code) ?? 'internal';
  if (kind === 'unavailable') {
    return new DomainError(kind, `The ${serviceName} service can't be reached at the moment.`, {
      cause: thrown,
      retryAfterMs: 1_000,
    });
  }
  if (kind === 'deadline_exceeded') {
    return new DomainError(kind, `The ${serviceName} service did not answer in time.`, { cause: thrown });
  }
  if (kind === 'cancelled') return new DomainError(kind, 'The request was cancelled.', { cause: thrown });
  return new DomainError('internal', 'Something went wrong on our side.', { cause: thrown });
}
