import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDnsServer, type DnsServer } from './dns-server.js';
import type { NameClient, NamedService } from './named-service.js';

// The operating system's resolver can't be pointed to another name server, the client's second one can. It is chosen at import.
process.env.GRPC_NODE_USE_ALTERNATIVE_RESOLVER = 'true';
const { nameClient, startNamedService } = await import('./named-service.js');

describe('a service of several pods behind one name', () => {
  let dns: DnsServer;
  let pods: NamedService[];
  let client: NameClient;

  beforeAll(async () => {
    dns = await startDnsServer();
    const first = await startPod('127.0.0.1', '0');
    pods = [first];
    for (const host of ['127.0.0.2', '127.0.0.3']) pods.push(await startPod(host, String(first.grpcPort)));
    dns.addresses = ['127.0.0.1', '127.0.0.2'];
    client = nameClient(`dns://127.0.0.1:${dns.port}/agents.test:${first.grpcPort}`);
  });
  afterAll(async () => {
    client?.close();
    for (const pod of pods ?? []) await pod.stop();
    await dns?.close();
  });

  const startPod = (host: string, port: string) =>
    startNamedService(host, {
      GRPC_HOST: host,
      GRPC_PORT: port,
      GRPC_MAX_CONNECTION_AGE_MS: '1000',
      GRPC_MAX_CONNECTION_AGE_GRACE_MS: '1000',
    });

  /** Asks until each of these pods has answered, and nobody else does any more. */
  const answering = async (expected: string[]) => {
    for (let round = 0; round < 100; round++) {
      const names = await Promise.all(Array.from({ length: 12 }, () => client.ask()));
      const found = [...new Set(names)].toSorted();
      if (found.join() === expected.join()) return found;
      await sleep(100);
    }
    return [];
  };

  it('gets its requests spread over all of them', async () => {
    expect(await answering(['127.0.0.1', '127.0.0.2'])).toEqual(['127.0.0.1', '127.0.0.2']);
  });

  it('gives a new pod its share, since connections have an age, and loses no request meanwhile', async () => {
    dns.addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
    expect(await answering(dns.addresses)).toEqual(dns.addresses);
  }, 15_000);

  it('goes on without a pod that stops', async () => {
    dns.addresses = ['127.0.0.2', '127.0.0.3'];
    await Promise.all([pods[0]!.stop(), ...Array.from({ length: 50 }, () => client.ask())]);
    expect(await answering(dns.addresses)).toEqual(dns.addresses);
  }, 15_000);
});
