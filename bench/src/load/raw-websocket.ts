/**
 * The least of a WebSocket (RFC 6455) that load needs, straight on a TCP socket. Callers and provider share two cores with the gateway
 * that is measured, so what they cost is taken from it: frames come out as views of what was read, nothing is unmasked that nobody
 * looks at, and what is sent is a frame that was put together before.
 */
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CLIENT_KEY = 'b3JiaXN2b2ljZS1iZW5jaA==';
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
/** Length that needs eight bytes is never sent by those who talk here. */
const MAX_FRAME_BYTES = 65_535;
const READ_BYTES = 64 * 1024;
const NO_BYTES = Buffer.alloc(0);

/** `payload` is valid only during the call, and still masked if there is a mask. */
export type FrameListener = (opcode: number, payload: Buffer, mask: Buffer | undefined) => void;

/** Cuts a stream into frames. Fragmented messages are not understood; nobody here sends any. */
export class FrameReader {
  private rest = NO_BYTES;

  constructor(private readonly onFrame: FrameListener) {}

  push(chunk: Buffer): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 2) {
      const head = headOf(bytes, at);
      if (bytes.length < head.end) break;
      const mask = head.masked ? bytes.subarray(head.start - 4, head.start) : undefined;
      this.onFrame(bytes[at]! & 0x0f, bytes.subarray(head.start, head.end), mask);
      at = head.end;
    }
    // A copy: the buffer that was read into is used again.
    this.rest = at === bytes.length ? NO_BYTES : Buffer.from(bytes.subarray(at));
  }
}

/** Where the payload of the frame that begins at `at` starts and ends. An end beyond the bytes that are there: more has to come. */
function headOf(bytes: Buffer, at: number): { start: number; end: number; masked: boolean } {
  const masked = (bytes[at + 1]! & 0x80) !== 0;
  const short = bytes[at + 1]! & 0x7f;
  const lengthBytes = short < 126 ? 0 : short === 126 ? 2 : 8;
  const start = at + 2 + lengthBytes + (masked ? 4 : 0);
  if (bytes.length < start) return { start, end: Infinity, masked };
  const length =
    lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
  return { start, end: start + length, masked };
}

/** The payload, readable. */
export function unmasked(payload: Buffer, mask: Buffer | undefined): Buffer {
  const copy = Buffer.from(payload);
  if (mask) for (let i = 0; i < copy.length; i++) copy[i]! ^= mask[i & 3]!;
  return copy;
}

/** A whole frame that is sent again and again with a few bytes changed. */
export class PreparedFrame {
  private bytes: Buffer;
  private readonly start: number;

  constructor(
    opcode: number,
    payload: Buffer,
    private readonly masked: boolean,
  ) {
    if (payload.length > MAX_FRAME_BYTES) throw new RangeError(`a frame holds at most ${MAX_FRAME_BYTES} bytes`);
    const long = payload.length > 125;
    const head = Buffer.alloc(long ? 4 : 2);
    head[0] = 0x80 | opcode;
    head[1] = (long ? 126 : payload.length) | (masked ? 0x80 : 0);
    if (long) head.writeUInt16BE(payload.length, 2);
    this.start = head.length + (masked ? MASK.length : 0);
    this.bytes = Buffer.concat([head, masked ? MASK : NO_BYTES, payload]);
    if (masked) for (let i = 0; i < payload.length; i++) this.bytes[this.start + i]! ^= MASK[i & 3]!;
  }

  /** Puts `piece` into the payload at `offset`. */
  patch(piece: Buffer, offset: number): void {
    const at = this.start + offset;
    if (this.masked) for (let i = 0; i < piece.length; i++) this.bytes[at + i] = piece[i]! ^ MASK[(offset + i) & 3]!;
    else piece.copy(this.bytes, at);
  }

  sendTo(socket: Socket): void {
    socket.write(this.bytes);
    // What the kernel did not take is still to be sent as it is.
    if (socket.writableLength > 0) this.bytes = Buffer.from(this.bytes);
  }
}

export function sendFrame(socket: Socket, opcode: number, payload: Buffer, masked: boolean): void {
  new PreparedFrame(opcode, payload, masked).sendTo(socket);
}

/** What the server of a WebSocket answers to the client's key. */
export function acceptKey(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

// Shared by all clients: it is filled and read within one synchronous call.
const readBuffer = Buffer.alloc(READ_BYTES);

/** Connects and upgrades. Rejects with the answer's first line if that is not 101, and when the connection ends before. */
export function connectWebSocket(url: string, subprotocol: string, onFrame: FrameListener): Promise<Socket> {
  const { hostname, port, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    let head: Buffer | undefined = NO_BYTES;
    const reader = new FrameReader(onFrame);
    const take = (chunk: Buffer) => {
      if (!head) return reader.push(chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [status = ''] = head.toString('latin1', 0, end).split('\r\n');
      const first = head.subarray(end + 4);
      head = undefined;
      if (!status.includes(' 101 ')) return reject(new Error(status));
      resolve(socket);
      if (first.length > 0) reader.push(first);
    };
    const onread = {
      buffer: readBuffer,
      callback: (length: number) => {
        take(readBuffer.subarray(0, length));
        return true;
      },
    };
    const socket = connect({ host: hostname, port: Number(port), noDelay: true, onread });
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('closed before the upgrade')));
    const lines = [`GET ${pathname}${search} HTTP/1.1`, `Host: ${hostname}:${port}`, 'Connection: Upgrade'];
    lines.push('Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${CLIENT_KEY}`);
    lines.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  });
}
