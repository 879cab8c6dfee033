/** A domain error as gRPC clients in any language know it: a status with details of google.rpc (AIP-193). */
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Metadata, type ServiceError } from '@grpc/grpc-js';
import { toDomainError, type DomainError } from '@orbisvoice/service-kit/errors';
import { grpcCodeOf } from '@orbisvoice/service-kit/grpc-errors';

const DETAILS_TRAILER = 'grpc-status-details-bin';
const DOMAIN = 'orbisvoice.dev';

/** `ErrorInfo` always, `BadRequest` when fields are wrong, `RetryInfo` when it is known when to try again. */
export function toRichStatus(thrown: unknown, metadata = new Metadata()): Partial<ServiceError> {
  const error = toDomainError(thrown);
  const code = grpcCodeOf(error);
  metadata.set(DETAILS_TRAILER, Buffer.from(encodeStatus(code, error)));
  return { code, details: error.message, metadata };
}

/** google.rpc.Status: code 1, message 2, details 3. */
function encodeStatus(code: number, error: DomainError): Uint8Array {
  const writer = new BinaryWriter().uint32(tag(1, VARINT)).int32(code).uint32(tag(2, BYTES)).string(error.message);
  for (const [type, bytes] of detailsOf(error)) {
    writer.uint32(tag(3, BYTES)).fork();
    writer.uint32(tag(1, BYTES)).string(`type.googleapis.com/google.rpc.${type}`).uint32(tag(2, BYTES)).bytes(bytes);
    writer.join();
  }
  return writer.finish();
}

function* detailsOf(error: DomainError): Generator<[type: string, bytes: Uint8Array]> {
  yield ['ErrorInfo', encodeErrorInfo(error)];
  if (error.violations.length > 0) yield ['BadRequest', encodeBadRequest(error)];
  if (error.retryAfterMs !== undefined) yield ['RetryInfo', encodeRetryInfo(error.retryAfterMs)];
}

/** reason 1, domain 2, metadata 3 (a map: key 1, value 2). */
function encodeErrorInfo(error: DomainError): Uint8Array {
  const writer = new BinaryWriter()
    .uint32(tag(1, BYTES))
    .string(error.kind.toUpperCase())
    .uint32(tag(2, BYTES))
    .string(DOMAIN);
  writer.uint32(tag(3, BYTES)).fork();
  writer.uint32(tag(1, BYTES)).string('retryable').uint32(tag(2, BYTES)).string(String(error.retryable));
  return writer.join().finish();
}

/** field_violations 1 (field 1, description 2). */
function encodeBadRequest(error: DomainError): Uint8Array {
  const writer = new BinaryWriter();
  for (const { field, message } of error.violations) {
    writer.uint32(tag(1, BYTES)).fork();
    writer.uint32(tag(1, BYTES)).string(field).uint32(tag(2, BYTES)).string(message);
    writer.join();
  }
  return writer.finish();
}

/** retry_delay 1, a google.protobuf.Duration (seconds 1, nanos 2). */
function encodeRetryInfo(retryAfterMs: number): Uint8Array {
  const writer = new BinaryWriter().uint32(tag(1, BYTES)).fork();
  writer.uint32(tag(1, VARINT)).int64(Math.floor(retryAfterMs / 1000));
  writer.uint32(tag(2, VARINT)).int32(Math.round(retryAfterMs % 1000) * 1_000_000);
  return writer.join().finish();
}

const VARINT = 0;
const BYTES = 2;

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}
