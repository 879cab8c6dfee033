/** An OTLP/HTTP receiver that keeps the spans it is sent. Reads of opentelemetry/proto/trace/v1/trace.proto what tests look at. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

export interface ReceivedSpan {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  /** '' for a root. */
  parentSpanId: string;
  /** Its status is an error. */
  failed: boolean;
  attributes: Record<string, string>;
}

/** Status {code = 3}. */
const STATUS_ERROR = '2';

type Fields = Map<number, (Uint8Array | string)[]>;

export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  requests = 0;
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.requests += 1;
      if (request.url === '/v1/traces') this.spans.push(...readSpans(Buffer.concat(chunks)));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function readSpans(message: Uint8Array): ReceivedSpan[] {
  return messages(fields(message), 1).flatMap((resourceSpans) => {
    const resource = attributes(messages(resourceSpans, 1)[0] ?? new Map(), 1);
    const scopes = messages(resourceSpans, 2);
    return scopes
      .flatMap((scope) => messages(scope, 2))
      .map((span) => ({
        service: resource['service.name'] ?? '',
        name: text(span, 5),
        traceId: hex(span, 1),
        spanId: hex(span, 2),
        parentSpanId: hex(span, 4),
        failed: messages(span, 15)[0]?.get(3)?.[0] === STATUS_ERROR,
        attributes: attributes(span, 9),
      }));
  });
}

/** KeyValue {key = 1, value = 2}, AnyValue {string = 1, bool = 2, int = 3, double = 4}. */
function attributes(message: Fields, number: number): Record<string, string> {
  const pairs = messages(message, number).map((pair) => {
    const [value] = [...(messages(pair, 2)[0]?.values() ?? [])].flat();
    return [text(pair, 1), value instanceof Uint8Array ? Buffer.from(value).toString() : (value ?? '')];
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}

function fields(message: Uint8Array): Fields {
  const reader = new BinaryReader(message);
  const found: Fields = new Map();
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const value = readValue(reader, type);
    found.set(number, [...(found.get(number) ?? []), value]);
  }
  return found;
}

function readValue(reader: BinaryReader, type: WireType): Uint8Array | string {
  if (type === WireType.LengthDelimited) return reader.bytes();
  if (type === WireType.Varint) return String(reader.int64());
  if (type === WireType.Bit64) return String(reader.double());
  return String(reader.fixed32());
}

const bytes = (message: Fields, number: number) => (message.get(number)?.[0] ?? new Uint8Array()) as Uint8Array;
const text = (message: Fields, number: number) => Buffer.from(bytes(message, number)).toString();
const hex = (message: Fields, number: number) => Buffer.from(bytes(message, number)).toString('hex');
const messages = (message: Fields, number: number) =>
  (message.get(number) ?? []).map((value) => fields(value as Uint8Array));
