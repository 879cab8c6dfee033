import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis } from '../../../bench/src/load/gateway-fleet.js';
import { RedisOrganizationCalls } from '../src/admission/redis-organization-calls.js';
import { connectRedis } from '../src/redis-connection.js';
import { describeOrganizationCalls } from '../test/organization-calls-contract.js';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => redis?.stop());

const LEASE_MS = 600;
const gateways: RedisOrganizationCalls[] = [];
const failures: unknown[] = [];

/** What one gateway has of the count that all share. */
async function gateway(): Promise<RedisOrganizationCalls> {
  const connection = connectRedis(redis.url);
  await once(connection, 'ready');
  const calls = new RedisOrganizationCalls(connection, {
    leaseMs: LEASE_MS,
    renewMs: 100,
    onFailure: (error) => failures.push(error),
  });
  gateways.push(calls);
  return calls;
}

afterEach(() => {
  for (const calls of gateways.splice(0)) calls.close();
  failures.length = 0;
});

describeOrganizationCalls('of all gateways, in Redis', gateway);

describe('the count of calls in Redis', () => {
  const call = () => randomUUID();

  it('is one for all gateways', async () => {
    const [first, second] = [await gateway(), await gateway()];
    const organization = randomUUID();
    expect(await first.take(organization, call(), 2)).toBe(true);
    expect(await second.take(organization, call(), 2)).toBe(true);
    expect(await first.take(organization, call(), 2)).toBe(false);
    expect(await second.take(organization, call(), 2)).toBe(false);
  });

  it('keeps a call that goes on for longer than its lease, and forgets one whose gateway has died', async () => {
    const [dying, other] = [await gateway(), await gateway()];
    const organization = randomUUID();
    await dying.take(organization, call(), 1);
    await sleep(2 * LEASE_MS);
    expect(await other.take(organization, call(), 1)).toBe(false);
    dying.close();
    await sleep(LEASE_MS + 100);
    expect(await other.take(organization, call(), 1)).toBe(true);
  });

  it('counts a call that moves to another gateway once, before, during and after', async () => {
    const [former, next] = [await gateway(), await gateway()];
    const organization = randomUUID();
    const moving = call();
    await former.take(organization, moving, 2);
    former.letGo(organization, moving, 'moved');
    next.hold(organization, moving);
    await sleep(2 * LEASE_MS);
    expect(await former.take(organization, call(), 2)).toBe(true);
    expect(await former.take(organization, call(), 2)).toBe(false);
    next.letGo(organization, moving, 'ended');
    await sleep(50);
    expect(await former.take(organization, call(), 2)).toBe(true);
  });

  it('is that of each process while Redis is away, and the common one soon after it has come back empty', async () => {
    const [first, second] = [await gateway(), await gateway()];
    const organization = randomUUID();
    await first.take(organization, call(), 2);
    await redis.kill();
    expect(await second.take(organization, call(), 2)).toBe(true);
    expect(await second.take(organization, call(), 2)).toBe(true);
    expect(await second.take(organization, call(), 2)).toBe(false);
    expect(failures.length).toBeGreaterThan(0);
    await redis.start();
    await sleep(1_500);
    expect(await first.take(organization, call(), 3)).toBe(false);
    expect(await first.take(organization, call(), 4)).toBe(true);
  });
});
