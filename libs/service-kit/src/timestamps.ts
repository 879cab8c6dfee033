import type { Timestamp } from '@orbisvoice/proto/google/protobuf/timestamp';

export function toTimestamp(date: Date): Timestamp {
  const ms = date.getTime();
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1_000_000 };
}

export function toOptionalTimestamp(date: Date | null | undefined): Timestamp | undefined {
  return date ? toTimestamp(date) : undefined;
}

export function fromTimestamp(timestamp: Timestamp): Date {
  return new Date(Number(timestamp.seconds) * 1000 + timestamp.nanos / 1_000_000);
}

export function fromOptionalTimestamp(timestamp: Timestamp | undefined): Date | undefined {
  return timestamp && fromTimestamp(timestamp);
}
