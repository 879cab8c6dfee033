import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createCallStore } from '../src/calls/handover/create-call-store.js';
import type { CallFacts, CallProgress, CallStore } from '../src/calls/handover/call-store.js';
import { createOrganizationCalls } from '../src/admission/create-organization-calls.js';
import { RedisProcesses, until } from './redis-processes.js';

const log = pino({ level: 'silent' });
const factsOf = (id: string) => ({ id, organizationId: 'o' }) as unknown as CallFacts;
const progressOf = (tickets: string[], phase = 'live') => ({ state: { phase }, tickets }) as unknown as CallProgress;

let processes: RedisProcesses;
beforeAll(async () => {
  processes = await RedisProcesses.create();
});
afterAll(async () => processes?.stop());

describe('calls in a Redis cluster', () => {
  let first: CallStore;
  let second: CallStore;
  let url: string;

  beforeAll(async () => {
    url = await processes.startCluster();
    [first, second] = [createCallStore(url, log), createCallStore(url, log)];
    for (const store of [first, second]) await until(async () => (await store.check(), true));
  }, 60_000);
  afterAll(async () => {
    await first?.close();
    await second?.close();
  });

  it('are saved, taken over by their ticket, and fenced, whichever node they lie on', async () => {
    for (const id of ['call-a', 'call-b', 'call-c', 'call-d', 'call-e', 'call-f']) {
      const [facts, progress] = [factsOf(id), progressOf([`${id}-1`, `${id}-2`])];
      expect(await first.save(facts, progress, 1)).toBe('saved');
      const released = first.release(facts, progress, 1);
      const claimed = await second.claim(`${id}-2`);
      await released;
      expect(claimed).toMatchObject({ facts: { id }, fence: 2 });
      expect(await second.save(facts, progressOf([`${id}-3`]), 2)).toBe('saved');
      expect(await first.save(facts, progress, 1)).toBe('fenced');
      expect(await first.claim(`${id}-1`)).toBeUndefined(); // spent
      await second.remove(facts, 2);
      expect(await first.claim(`${id}-1`)).toBeUndefined();
    }
  });

  it('are asked for at the gateway that holds them, on whichever node it listens', async () => {
    const facts = factsOf('held');
    const progress = progressOf(['held-1']);
    await first.save(facts, progress, 1);
    const wanted = new Promise<string>((resolve) => {
      first.onWanted((id) => {
        resolve(id);
        void first.release(facts, progressOf(['held-1'], 'released'), 1);
      });
    });
    const claimed = await second.claim('held-1');
    expect(await wanted).toBe('held');
    expect(claimed).toMatchObject({ progress: { state: { phase: 'released' } } });
  });

  it('are kept alive, and forgotten ones are named', async () => {
    await first.save(factsOf('kept'), progressOf([]), 1);
    expect(await first.renew(['kept', 'forgotten'])).toEqual(['forgotten']);
  });

  it('are counted together for an organization', async () => {
    const failures: unknown[] = [];
    const counts = createOrganizationCalls({ redisUrl: url, maxCallsPerOrganization: 1 }, (error) =>
      failures.push(error),
    );
    const taken = new Set<boolean>();
    await until(async () => {
      taken.add(await counts.take('o', 'one', 1));
      return !(await counts.take('o', 'two', 1));
    });
    expect([...taken]).toEqual([true]);
    await counts.close();
  });
});

describe('calls in a Redis that a sentinel watches', () => {
  it('are still there when the master is gone', async () => {
    const { url, killMaster } = await processes.startSentinel();
    const store = createCallStore(url, log);
    try {
      await until(async () => (await store.check(), true));
      const facts = factsOf('call');
      await store.save(facts, progressOf(['ticket']), 1);
      await until(async () => (await store.renew(['call'])).length === 0);
      await killMaster();
      await until(async () => (await store.save(facts, progressOf(['ticket']), 1)) === 'saved');
      // The new master may lag behind the old one, and behind who holds the call.
      await expect(store.claim('ticket')).rejects.toThrow('Redis has just come back');
      await until(() => store.isSteady());
      expect(await store.claim('ticket')).toMatchObject({ facts: { id: 'call' }, fence: 2 });
    } finally {
      await store.close();
    }
  }, 60_000);
});
