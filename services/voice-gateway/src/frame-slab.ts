/**
 * Memory for frames on their way to a socket. Almost always the kernel has taken a frame by the time that the write returns, so the next
 * one may use the same place: no garbage, which at some hundred calls was what the gateway's memory consisted of. What a socket could not
 * send at once stays where it is, and the next frame goes behind it.
 */
import type { Socket } from 'node:net';

const SLAB_BYTES = 64 * 1024;
const WORD_BYTES = 4;

export class FrameSlab {
  bytes = Buffer.alloc(0);
  /** The same memory, for whoever works on four bytes at once. */
  words = new Int32Array(0);
  private start = 0;

  /** The place, a multiple of 4, of so many bytes. They are the caller's until the next call, or for good if a socket keeps them. */
  reserve(length: number): number {
    const rounded = roundUp(length);
    if (this.start + rounded > this.bytes.length) this.renew(rounded);
    return this.start;
  }

  /** Reserved bytes as a buffer of their own. */
  take(length: number): Buffer {
    const at = this.reserve(length);
    return this.bytes.subarray(at, at + length);
  }

  /** Writes a frame, which need not be of this slab, past the library that the socket belongs to. */
  write(frame: Buffer, socket: Socket): void {
    const waits = socket.writableLength > 0;
    socket.write(frame);
    // A TLS socket says that it has written only later, but has encrypted, or copied, what did not have to wait for something before it.
    const keeps = 'encrypted' in socket ? waits : socket.writableLength > 0;
    if (keeps && frame.buffer === this.bytes.buffer)
      this.start = Math.max(this.start, roundUp(frame.byteOffset + frame.length));
  }

  private renew(atLeastBytes: number): void {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, atLeastBytes));
    this.words = new Int32Array(this.bytes.buffer);
    this.start = 0;
  }
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / WORD_BYTES) * WORD_BYTES;
}
