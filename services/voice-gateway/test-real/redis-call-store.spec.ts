/** Who holds a call, and what of it the next holder gets, whatever comes between asking and taking. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createCallStore } from '../src/calls/handover/create-call-store.js';
import type { CallFacts, CallProgress, CallStore } from '../src/calls/handover/call-store.js';
import { RedisProcesses, until } from './redis-processes.js';

const log = pino({ level: 'silent' });
const factsOf = (id: string) => ({ id, organizationId: 'o' }) as unknown as CallFacts;
/** `handle` tells one state of a call from another. */
const progressOf = (id: string, handle: string, phase = 'live') =>
  ({ state: { phase }, tickets: [`${id}-ticket`], handle }) as unknown as CallProgress;

describe('a call in Redis', () => {
  let processes: RedisProcesses;
  let url: string;
  let holder: CallStore;
  let next: CallStore;
  let third: CallStore;
  let number = 0;
  let id: string;
  let asked: Promise<string>;

  const save = (handle: string, phase?: string) => holder.save(factsOf(id), progressOf(id, handle, phase), 1);
  const release = (handle: string) => holder.release(factsOf(id), progressOf(id, handle), 1);
  const claim = (store: CallStore) => store.claim(`${id}-ticket`);

  beforeAll(async () => {
    processes = await RedisProcesses.create();
    url = await processes.startSingle();
  });
  afterAll(async () => processes?.stop());

  beforeEach(async () => {
    [holder, next, third] = [createCallStore(url, log), createCallStore(url, log), createCallStore(url, log)];
    for (const store of [holder, next, third]) await until(async () => (await store.check(), true));
    asked = new Promise((resolve) => holder.onWanted(resolve));
    id = `call-${++number}`;
    expect(await save('begun')).toBe('saved');
  });
  afterEach(async () => {
    for (const store of [holder, next, third]) await store.close();
  });

  it('is what it was at its release, however long its holder waits for a good moment', async () => {
    const claimed = claim(next);
    expect(await asked).toBe(id);
    expect(await save('in the middle of a sentence')).toBe('wanted');
    for (let waited = 0; waited < 2_500; waited += 500) {
      await sleep(500);
      expect(await save('said')).toBe('wanted');
    }
    expect(await release('answered')).toBe(true);
    expect(await claimed).toMatchObject({ progress: { handle: 'answered' }, fence: 2 });
  });

  it('is taken as it was saved last from a holder that hears nothing, whose release then comes too late', async () => {
    const claimed = claim(next);
    await asked;
    expect(await claimed).toMatchObject({ progress: { handle: 'begun' }, fence: 2 });
    expect(await release('answered')).toBe(false);
    expect(await save('answered')).toBe('fenced');
    expect(await next.save(factsOf(id), progressOf(id, 'goes on'), 2)).toBe('saved');
  });

  it('is not waited for when nobody listens at its holder any more', async () => {
    await holder.close();
    const from = performance.now();
    expect(await claim(next)).toMatchObject({ progress: { handle: 'begun' } });
    expect(performance.now() - from).toBeLessThan(1_000);
  });

  it('is soon taken from a holder that dies while it waits for a good moment', async () => {
    const claimed = claim(next);
    await asked;
    expect(await save('in the middle of a sentence')).toBe('wanted');
    const from = performance.now();
    expect(await claimed).toMatchObject({ progress: { handle: 'in the middle of a sentence' } });
    expect(performance.now() - from).toBeLessThan(4_000);
  });

  it('can be asked for again when the store has forgotten the claim', async () => {
    const claimed = claim(next).catch((error: Error) => error.message);
    await asked;
    await processes.flush(url);
    expect(await save('said again')).toBe('saved');
    expect(await claimed).toBe('Redis has lost what it was just told');
    await release('answered');
    expect(await claim(next)).toMatchObject({ progress: { handle: 'answered' } });
  });

  it("is the newest claim's when a client has come twice", async () => {
    const first = claim(next);
    await asked;
    await save('answered');
    const second = claim(third);
    await sleep(100);
    await release('answered');
    expect(await first).toBeUndefined();
    expect(await second).toMatchObject({ progress: { handle: 'answered' }, fence: 3 });
    expect(await holder.save(factsOf(id), progressOf(id, 'late'), 1)).toBe('fenced');
  });

  it('stays with its holder when it ends before it is taken', async () => {
    const claimed = claim(next);
    await asked;
    expect(await save('over', 'ended')).toBe('wanted');
    expect(await claimed).toBeUndefined();
    expect(await save('stored', 'ended')).toBe('saved');
    await holder.remove(factsOf(id), 1);
    expect(await claim(third)).toBeUndefined();
  });
});

describe('a Redis that refuses', () => {
  let processes: RedisProcesses;
  beforeAll(async () => {
    processes = await RedisProcesses.create();
  });
  afterAll(async () => processes?.stop());

  it.each([
    ['no password', '', 'NOAUTH'],
    ['a wrong password', ':wrong@', 'WRONGPASS'],
  ])('%s is not one that is away: health says so, and one error line with the variable', async (_what, login, word) => {
    const url = (await processes.startSingle('right')).replace('//', `//${login}`);
    const errors: string[] = [];
    const store = createCallStore(url, { error: (line: unknown) => void errors.push(String(line)) });
    const refusal = expect.stringMatching(`^Redis refuses the credentials of REDIS_URL: ${word}`);
    try {
      await until(async () => errors.length > 0);
      await sleep(1_500); // it has tried again meanwhile
      await expect(store.check()).rejects.toThrow(`Redis refuses the credentials of REDIS_URL: ${word}`);
      expect(errors).toEqual([refusal]);
    } finally {
      await store.close();
    }
  });

  it('is told from one that has gone', async () => {
    const store = createCallStore('redis://127.0.0.1:1', log);
    try {
      await expect(store.check()).rejects.toThrow("Redis can't be reached");
    } finally {
      await store.close();
    }
  });
});
