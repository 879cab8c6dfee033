/** A domain error as gRPC clients in any language know it: a status with details of google.rpc (AIP-193). */
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Metadata, type ServiceError } from '@grpc/grpc-js';
import type { DomainError } from '@orbisvoice/service-kit/errors';
import { grpcCodeOf } from '@orbisvoice/service-kit/grpc-errors';

const DETAILS_TRAILER = 'grpc-status-details-bin';
const DOMAIN = 'orbisvoice.dev';

/** `ErrorInfo` always, `BadRequest` when fields are wrong, `RetryInfo` when it is known when to try again. Added to `metadata`. */
export function toRichStatus(error: DomainError, metadata: Metadata): Partial<ServiceError> {
  const code = grpcCodeOf(error);
  const bytes = new BinaryWriter();
  writeStatus(bytes, code, error);
  metadata.set(DETAILS_TRAILER, Buffer.from(bytes.finish()));
  return { code, details: error.message, metadata };
}

type Write = (writer: BinaryWriter) => void;

/** google.rpc.Status: code 1, message 2, details 3 (google.protobuf.Any: type_url 1, value 2). */
function writeStatus(writer: BinaryWriter, code: number, error: DomainError): void {
  int(writer, 1, code);
  text(writer, 2, error.message);
  for (const [type, write] of detailsOf(error)) {
    message(writer, 3, (any) => {
      text(any, 1, `type.googleapis.com/google.rpc.${type}`);
      message(any, 2, write);
    });
  }
}

function* detailsOf(error: DomainError): Generator<[type: string, write: Write]> {
  yield ['ErrorInfo', (writer) => writeErrorInfo(writer, error)];
  if (error.violations.length > 0) yield ['BadRequest', (writer) => writeBadRequest(writer, error)];
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined) yield ['RetryInfo', (writer) => writeRetryInfo(writer, Math.ceil(retryAfterMs))];
}

/** reason 1, domain 2, metadata 3 (a map: key 1, value 2). */
function writeErrorInfo(writer: BinaryWriter, error: DomainError): void {
  text(writer, 1, error.kind.toUpperCase());
  text(writer, 2, DOMAIN);
  message(writer, 3, (entry) => {
    text(entry, 1, 'retryable');
    text(entry, 2, String(error.retryable));
  });
}

/** field_violations 1 (field 1, description 2). */
function writeBadRequest(writer: BinaryWriter, error: DomainError): void {
  for (const violation of error.violations) {
    message(writer, 1, (entry) => {
      text(entry, 1, violation.field);
      text(entry, 2, violation.message);
    });
  }
}

/** retry_delay 1, a google.protobuf.Duration (seconds 1, nanos 2). */
function writeRetryInfo(writer: BinaryWriter, delayMs: number): void {
  message(writer, 1, (duration) => {
    int(duration, 1, Math.floor(delayMs / 1000));
    int(duration, 2, (delayMs % 1000) * 1_000_000);
  });
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;

function int(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, VARINT).int64(value);
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, LENGTH_DELIMITED).string(value);
}

function message(writer: BinaryWriter, field: number, write: Write): void {
  writer.tag(field, LENGTH_DELIMITED).fork();
  write(writer);
  writer.join();
}
