import { WebSocket } from 'ws';

const CLOSE_TIMEOUT_MS = 3_000;

/** PCM bytes (s16le) as samples, copied only where the bytes are not aligned. */
export function toSamples(bytes) {
  const even = bytes.byteLength & ~1;
  if (bytes.byteOffset % 2 === 0) return new Int16Array(bytes.buffer, bytes.byteOffset, even / 2);
  return new Int16Array(Uint8Array.from(bytes.subarray(0, even)).buffer);
}

export function toBytes(samples) {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** Closes the socket and waits for its end, a limited time. */
export async function closeSocket(socket) {
  if (socket.readyState === WebSocket.CLOSED) return;
  await new Promise((resolve) => {
    socket.once('close', resolve);
    socket.close(1000);
    setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  });
}
