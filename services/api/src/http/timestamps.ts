/** Protobuf timestamps as RFC 3339 with milliseconds. */
import type { Timestamp } from '@orbisvoice/proto/google/protobuf/timestamp';
import { fromTimestamp } from '@orbisvoice/service-kit/timestamps';
import { DomainError } from '@orbisvoice/service-kit/errors';

/** @throws DomainError `internal` when a service left out what its contract promises */
export function toTime(timestamp: Timestamp | undefined): string {
  return fromTimestamp(present(timestamp, 'timestamp')).toISOString();
}

export function toOptionalTime(timestamp: Timestamp | undefined): string | null {
  return timestamp ? fromTimestamp(timestamp).toISOString() : null;
}

/** A message field that the contract says is always set. */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new DomainError('internal', 'Something went wrong on our side.', {
      cause: new Error(`an answer lacks its ${what}`),
    });
  }
  return value;
}
