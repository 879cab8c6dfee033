/** A name server on loopback that knows one thing: the addresses that every name has at the moment. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const HEADER_BYTES = 12;
const TYPE_A = 1;

export interface DnsServer {
  port: number;
  /** IPv4 addresses, as a headless service has them. */
  addresses: string[];
  close(): Promise<void>;
}

export async function startDnsServer(): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const server: DnsServer = {
    port: 0,
    addresses: [],
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
  socket.on('message', (query, from) => socket.send(answerTo(query, server.addresses), from.port, from.address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  server.port = socket.address().port;
  return server;
}

function answerTo(query: Buffer, addresses: string[]): Buffer {
  let end = HEADER_BYTES;
  while (query[end] !== 0) end += query[end]! + 1;
  const question = query.subarray(HEADER_BYTES, end + 5);
  const found = query.readUInt16BE(end + 1) === TYPE_A ? addresses : [];
  const header = Buffer.from(query.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(0x8180, 2); // an answer without error
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(found.length, 6);
  header.fill(0, 8);
  // Each: the question's name, type A, class IN, lifetime 0, four bytes.
  const records = found.map((address) =>
    Buffer.from([0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([header, question, ...records]);
}
