import { DomainError } from '@orbisvoice/service-kit/errors';

/** Waits for `work`, but not beyond an abort. @throws DomainError `cancelled` or `deadline_exceeded`, as the signal says */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(toDomainError(signal.reason));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function toDomainError(reason: unknown): DomainError {
  if (reason instanceof DomainError) return reason;
  return new DomainError('deadline_exceeded', 'The earlier run had not ended when the deadline came.', {
    cause: reason,
  });
}
