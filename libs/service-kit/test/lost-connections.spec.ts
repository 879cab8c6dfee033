/** Connections that the network has swallowed: nothing passes any more, and nobody is told. New ones work. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createServiceDatabase } from '@orbisvoice/testing/service-database';
import { TcpProxy } from '../../../bench/src/load/tcp-proxy.js';
import { Database } from '../src/database.js';
import { Health } from '../src/health.js';
import { createLog } from '../src/log.js';
import { nameClient, startNamedService } from './named-service.js';
import { addNote, notesDatabase } from './notes-database.js';

const POOL_SIZE = 4;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function proxyTo(port: number): Promise<TcpProxy> {
  const proxy = await TcpProxy.start(port);
  cleanUps.push(() => proxy.stop());
  return proxy;
}

describe('a service behind a lost connection', () => {
  it('is reached again over another one, soon after the first request that is not answered', async () => {
    const service = await startNamedService('found');
    cleanUps.push(() => service.stop());
    const proxy = await proxyTo(service.grpcPort!);
    const client = nameClient(`127.0.0.1:${proxy.port}`);
    cleanUps.push(() => client.close());
    expect(await client.ask()).toBe('found');
    proxy.freeze();
    // What is under way fails with its deadline of 5 s. The probe takes no longer than two of them.
    let failures = 0;
    while (failures < 5 && !(await client.ask().catch(() => undefined))) failures += 1;
    expect(failures).toBeLessThanOrEqual(2);
  }, 40_000);
});

describe('a database behind lost connections', () => {
  it('is reached again over others, once one of them has been waited for', async () => {
    const notes = await createServiceDatabase(notesDatabase);
    cleanUps.push(() => notes.stop());
    const proxy = await proxyTo(Number(new URL(notes.url).port));
    const url = notes.url.replace(/:\d+\//, `:${proxy.port}/`);
    const log = createLog({ service: 'test', level: 'silent' });
    const database = new Database({ ...notesDatabase, url, poolSize: POOL_SIZE, log });
    cleanUps.push(() => database.stop());
    await database.start(new Health());
    const organizationId = randomUUID();
    const write = () =>
      database.withTenant(organizationId, async (tx) => {
        await tx.query(addNote, [organizationId, 'note']);
        await sleep(100); // so that each has a connection of its own
      });
    await Promise.all(Array.from({ length: POOL_SIZE }, write));
    expect(proxy.connections).toBe(POOL_SIZE);
    proxy.freeze();
    await expect(write()).rejects.toMatchObject({ kind: 'unavailable' });
    await Promise.all(Array.from({ length: 2 * POOL_SIZE }, write));
  }, 60_000);
});
