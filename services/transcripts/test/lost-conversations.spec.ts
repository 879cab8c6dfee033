import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ConversationEvent } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import type { ConversationEvent as BusEvent } from '@orbisvoice/service-kit/event-bus/conversation-events';
import { InProcessEventBus } from '@orbisvoice/service-kit/event-bus/in-process-event-bus';
import { createServiceDatabase, type ServiceDatabase } from '@orbisvoice/testing/service-database';
import { fromTimestamp, toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { pino } from 'pino';
import { transcriptsDatabase } from '../src/database.js';
import { ended, member, metric, started, startReplica, turn, type Replica } from './transcripts-under-test.js';

const LEASE_MS = 1_000;
const GATEWAY: Caller = { subject: 'service:voice-gateway', roles: ['edge'] };

let database: ServiceDatabase | undefined;
let replicas: Replica[] = [];
afterEach(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  replicas = [];
  await database?.stop();
  database = undefined;
});

async function start(options: { leaseMs?: number; onlyHolder?: boolean; eventBus?: InProcessEventBus } = {}) {
  database ??= await createServiceDatabase(transcriptsDatabase);
  const { leaseMs = LEASE_MS, ...rest } = options;
  const replica = await startReplica(database, { ...rest, environment: { HOLDER_LEASE_MS: String(leaseMs) } });
  replicas.push(replica);
  return replica;
}

function conversation(replica: () => Replica, { renewing = true } = {}) {
  const id = randomUUID();
  const { caller } = member();
  const organizationId = caller.organizationId!;
  return {
    id,
    append: (fence: number, ...events: ConversationEvent[]) =>
      replica().client.appendEvents({ conversationId: id, events, fence, renewing }, { caller }),
    claim: (fence: number, afterSequence: number) =>
      replica().client.claimConversation({ conversationId: id, fence, afterSequence, renewing }, { caller }),
    renew: (fence: number) =>
      replica().client.renewConversations(
        { held: [{ organizationId, conversationId: id, fence }] },
        { caller: GATEWAY },
      ),
    read: async () => await replica().client.getConversation({ id }, { caller }),
    endReason: async () => (await replica().client.getConversation({ id }, { caller })).conversation!.endReason,
  };
}

async function until(check: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await check()); await sleep(20))
    if (Date.now() > deadline) throw new Error('did not happen in time');
}

describe('a conversation whose holder', () => {
  it('was killed ends by itself, once for all replicas, at the time at which the holder was last heard of', async () => {
    const eventBus = new InProcessEventBus(pino({ level: 'silent' }));
    const published: BusEvent[] = [];
    await eventBus.subscribe({ name: 'test', handle: async (event) => void published.push(event) });
    const one = await start({ eventBus });
    const other = await start({ eventBus });
    const killed = conversation(() => one);
    await killed.append(1, started(), turn(2));
    const heardOf = Date.now();
    await until(async () => (await killed.endReason()) === 'gateway_lost');
    const { conversation: record } = await killed.read();
    expect(Math.abs(fromTimestamp(record!.endedAt!).getTime() - heardOf)).toBeLessThan(2_000);
    const counts = await Promise.all(
      [one, other].map(({ service }) =>
        metric(service, 'orbisvoice_transcripts_conversations_ended_total', { reason: 'gateway_lost' }),
      ),
    );
    expect(counts[0]! + counts[1]!).toBe(1);
    await until(async () => published.length === 3);
    expect(published.map(({ sequence, kind }) => [sequence, kind])).toEqual([
      [1, 'conversation.started'],
      [2, 'turn'],
      [3, 'conversation.ended'],
    ]);
    expect(published[2]!.data).toMatchObject({ reason: 'gateway_lost' });
  }, 30_000);

  it('renews it stays open, however long nobody speaks', async () => {
    const replica = await start();
    const live = conversation(() => replica);
    const killed = conversation(() => replica);
    await live.append(0, started());
    await killed.append(0, started());
    await until(async () => {
      expect((await live.renew(0)).lostIds).toEqual([]);
      return (await killed.endReason()) === 'gateway_lost';
    });
    expect(await live.endReason()).toBe('');
  }, 30_000);

  it('does not renew, as in the release before, may be silent for longer', async () => {
    const replica = await start();
    const older = conversation(() => replica, { renewing: false });
    const killed = conversation(() => replica);
    await older.append(0, started());
    await killed.append(0, started());
    await until(async () => (await killed.endReason()) === 'gateway_lost');
    expect(await older.endReason()).toBe('');
  }, 30_000);

  it('has been replaced is not renewed by it', async () => {
    const replica = await start();
    const taken = conversation(() => replica);
    await taken.append(1, started());
    await taken.claim(2, 1);
    await until(async () => {
      await taken.renew(1);
      return (await taken.endReason()) === 'gateway_lost';
    });
  }, 30_000);

  it('is silent since there was nobody to speak to is not ended before it could have been heard again', async () => {
    const first = await start();
    const live = conversation(() => replicas.at(-1)!);
    await live.append(0, started());
    await first.stop();
    replicas = [];
    await sleep(LEASE_MS + 300);
    const startedAt = Date.now();
    await start();
    await until(async () => (await live.endReason()) === 'gateway_lost');
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(LEASE_MS);
  }, 30_000);

  it('can only have been in this process ends at the start, and no other', async () => {
    const first = await start({ leaseMs: 60_000 });
    const killed = conversation(() => replicas.at(-1)!);
    await killed.append(0, started(), turn(2));
    await first.stop();
    replicas = [];
    await start({ leaseMs: 60_000, onlyHolder: true });
    await until(async () => (await killed.endReason()) === 'gateway_lost');
    const now = conversation(() => replicas.at(-1)!);
    await now.append(0, { ...started(), occurredAt: toTimestamp(new Date()) });
    await sleep(100);
    expect(await now.endReason()).toBe('');
  }, 30_000);
});

describe('a holder that lives after all', () => {
  it('is told, claims the conversation, and goes on with it behind the number of the end', async () => {
    const replica = await start();
    const cutOff = conversation(() => replica);
    await cutOff.append(1, started(), turn(2));
    await until(async () => (await cutOff.endReason()) === 'gateway_lost');
    expect((await cutOff.renew(1)).lostIds).toEqual([cutOff.id]);
    await expect(cutOff.append(1, turn(3))).rejects.toMatchObject({
      kind: 'failed_precondition',
      violations: [{ field: 'conversation_id' }],
    });
    expect(await cutOff.claim(1, 2)).toEqual({ lastSequence: 3, turns: [], ended: false });
    expect((await cutOff.read()).conversation).toMatchObject({ endReason: '', endedAt: undefined });
    expect((await cutOff.append(1, turn(4), ended(5))).committedSequence).toBe(5);
    const { conversation: record, turns } = await cutOff.read();
    expect(record).toMatchObject({ endReason: 'client_ended', turnCount: 2 });
    expect(turns.map(({ sequence }) => sequence)).toEqual([2, 4]);
  }, 30_000);

  it('is kept out when another one has taken the conversation', async () => {
    const replica = await start();
    const cutOff = conversation(() => replica);
    await cutOff.append(1, started());
    await until(async () => (await cutOff.endReason()) === 'gateway_lost');
    await cutOff.claim(2, 1);
    await expect(cutOff.claim(1, 1)).rejects.toMatchObject({ violations: [{ field: 'fence' }] });
  }, 30_000);
});

it('renewals are for services alone, and of a bounded number', async () => {
  const replica = await start();
  const held = [{ organizationId: randomUUID(), conversationId: randomUUID(), fence: 0 }];
  await expect(replica.client.renewConversations({ held }, member())).rejects.toMatchObject({
    kind: 'permission_denied',
  });
  const tooMany = Array.from({ length: 1_001 }, () => held[0]!);
  for (const wrong of [[], tooMany])
    await expect(replica.client.renewConversations({ held: wrong }, { caller: GATEWAY })).rejects.toMatchObject({
      kind: 'invalid_argument',
      violations: [{ field: 'held' }],
    });
}, 30_000);
