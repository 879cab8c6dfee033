import { afterEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { FrameSlab } from './frame-slab.js';

const KEY = Buffer.from('a key that both ends know');
/** TLS without certificates: both ends know the key. */
const PSK = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const;

let server: Server;
let client: Socket;

afterEach(async () => {
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

async function open(transport: 'tcp' | 'tls'): Promise<Socket> {
  server = transport === 'tcp' ? createServer() : createTlsServer({ ...PSK, pskCallback: () => KEY });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, transport === 'tcp' ? 'connection' : 'secureConnection') as Promise<[Socket]>;
  const pskCallback = () => ({ psk: KEY, identity: 'test' });
  client =
    transport === 'tcp'
      ? connectTcp(port, '127.0.0.1')
      : connectTls({ ...PSK, port, host: '127.0.0.1', pskCallback, checkServerIdentity: () => undefined });
  await once(client, transport === 'tcp' ? 'connect' : 'secureConnect');
  return (await accepted)[0];
}

const PATTERN = Buffer.from(Array.from({ length: 9_500 }, (_, at) => (at * 7) % 251));

/** Frame `number`: a length of its own, and bytes that none of the next 250 has in their places. */
function fill(slab: FrameSlab, number: number): Buffer {
  const frame = slab.take(200 + ((number * 677) % 9_000));
  PATTERN.copy(frame, 0, number % 251);
  return frame;
}

/** What went by, of which native code keeps the count: bytes by the million in JavaScript would take seconds beside other work. */
class Passed {
  private readonly hash = createHash('sha256');
  private bytes = 0;

  take(data: Buffer): void {
    this.hash.update(data);
    this.bytes += data.length;
  }

  sum(): { bytes: number; hash: string } {
    return { bytes: this.bytes, hash: this.hash.digest('hex') };
  }
}

describe.each(['tcp', 'tls'] as const)('frames over %s', (transport) => {
  it.each([
    ['one at a time', 1, 1_400],
    ['several in one tick', 7, 1_400],
    ['to a reader that does not read, more than the kernel takes', 40, 4_000],
  ])('arrive as they were written, %s', async (_, atOnce, frames) => {
    const socket = await open(transport);
    const received = new Passed();
    socket.on('data', (data: Buffer) => received.take(data));
    const slab = new FrameSlab();
    const sent = new Passed();
    if (atOnce === 40) socket.pause();
    for (let number = 0; number < frames;) {
      for (let burst = 0; burst < atOnce && number < frames; burst += 1, number += 1) {
        const frame = fill(slab, number);
        sent.take(frame);
        slab.write(frame, client);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.resume();
    client.end();
    await once(socket, 'end');
    expect(received.sum()).toEqual(sent.sum());
  });

  it('take the same place again, once one is gone', async () => {
    const socket = await open(transport);
    socket.resume();
    const slab = new FrameSlab();
    const memory = new Set<ArrayBufferLike>();
    for (let number = 0; number < 200; number += 1) {
      const frame = fill(slab, number);
      memory.add(frame.buffer);
      slab.write(frame, client);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(memory.size).toBeLessThan(5);
  });
});
