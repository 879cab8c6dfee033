import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ConversationEvent as BusEvent } from '@orbisvoice/service-kit/event-bus/conversation-events';
import type { EventBus } from '@orbisvoice/service-kit/event-bus/event-bus';
import { InProcessEventBus } from '@orbisvoice/service-kit/event-bus/in-process-event-bus';
import { eventually } from '@orbisvoice/testing/event-bus-contract';
import { pino } from 'pino';
import {
  agentTurn,
  ended,
  member,
  metric,
  started,
  startReplica,
  startTranscripts,
  turn,
  type Replica,
  type TranscriptsUnderTest,
} from './transcripts-under-test.js';

/** A bus that records, and fails or hangs on demand. */
class RecordingBus implements EventBus {
  readonly published: BusEvent[] = [];
  attempts = 0;
  away = false;
  hanging = false;
  /** Each publication takes up to this long. */
  delayMs = 0;

  async publish(event: BusEvent): Promise<void> {
    this.attempts += 1;
    if (this.hanging) return await new Promise(() => {});
    if (this.delayMs > 0) await sleep(Math.random() * this.delayMs);
    if (this.away) throw new Error('the bus is away');
    this.published.push(event);
  }
  async subscribe(): Promise<never> {
    throw new Error('nobody subscribes here');
  }
  async check(): Promise<void> {
    if (this.away) throw new Error('the bus is away');
  }
  async close(): Promise<void> {
    throw new Error('a shared bus is not closed by the service');
  }
}

let transcripts: TranscriptsUnderTest | undefined;
let others: Replica[] = [];
afterEach(async () => {
  await Promise.all(others.map((replica) => replica.stop()));
  others = [];
  await transcripts?.stop();
  transcripts = undefined;
});

const pending = (replica: Replica) => metric(replica.service, 'orbisvoice_transcripts_outbox_pending');
/** Start, turns and end, each in a request of its own, to the replicas in turn. */
const append = async (replicas: Replica[], conversationId: string, turns = 3) => {
  const caller = member();
  const events = [started(), ...Array.from({ length: turns }, (_, n) => agentTurn(n + 2)), ended(turns + 2)];
  for (const [index, event] of events.entries()) {
    const replica = replicas[index % replicas.length]!;
    await replica.client.appendEvents({ conversationId, events: [event], fence: 0 }, caller);
  }
};

describe('the outbox (S2-02)', () => {
  it('publishes every stored event once, in order, soon after its commit', async () => {
    const bus = new RecordingBus();
    transcripts = await startTranscripts({ eventBus: bus });
    const { caller } = member();
    const id = randomUUID();
    const events = [started(), turn(2), agentTurn(3), ended(4, 'agent_ended', 'Done.')];
    const before = Date.now();
    await transcripts.client.appendEvents({ conversationId: id, events, fence: 0 }, { caller });
    await eventually(() => bus.published.length === 4);
    expect(Date.now() - before).toBeLessThan(900);
    expect(bus.published.map((event) => [event.kind, event.sequence])).toEqual([
      ['conversation.started', 1],
      ['turn', 2],
      ['turn', 3],
      ['conversation.ended', 4],
    ]);
    expect(bus.published[0]).toEqual({
      id: expect.any(String),
      organizationId: caller.organizationId,
      conversationId: id,
      sequence: 1,
      kind: 'conversation.started',
      occurredAt: '2026-06-01T10:00:00.000Z',
      data: {
        agentId: 'c0ffee00-0000-4000-8000-000000000001',
        agentName: 'Reception',
        agentVersion: 3,
        draftRevision: 0,
        channel: 'voice',
        provider: 'gemini',
        model: 'gemini-live',
        subject: 'visitor-1',
      },
    });
    expect(bus.published[2]?.data).toMatchObject({ role: 'agent', toolCalls: [{ outcome: 'ok' }], inputKind: null });
    await sleep(50);
    expect(await pending(transcripts)).toBe(0);
    await transcripts.client.appendEvents({ conversationId: id, events, fence: 0 }, { caller });
    await sleep(200);
    expect(bus.published).toHaveLength(4);
  }, 60_000);

  it('holds events while the bus is away, says so, and publishes them when it is back', async () => {
    const bus = new RecordingBus();
    bus.away = true;
    transcripts = await startTranscripts({ eventBus: bus });
    const id = randomUUID();
    await append([transcripts], id);
    await sleep(1_200);
    expect(await pending(transcripts)).toBe(5);
    expect(await metric(transcripts.service, 'orbisvoice_transcripts_outbox_oldest_seconds')).toBeGreaterThan(1);
    expect(bus.attempts).toBeLessThan(12);
    expect(await transcripts.service.health.report()).toMatchObject({
      status: 'degraded',
      checks: {
        event_bus: { status: 'failed', detail: 'the bus is away' },
        postgres: { status: 'ok' },
        postgres_writes: { status: 'ok' },
      },
    });
    bus.away = false;
    await eventually(() => bus.published.length === 5);
    expect(bus.published.map((event) => event.sequence)).toEqual([1, 2, 3, 4, 5]);
    await sleep(1_100); // an answer counts for a second
    expect(await transcripts.service.health.report()).toMatchObject({ status: 'ok' });
  }, 60_000);

  it('keeps the order of each conversation with several replicas, and doubles nothing', async () => {
    const bus = new RecordingBus();
    bus.delayMs = 40;
    transcripts = await startTranscripts({ eventBus: bus });
    others = [
      await startReplica(transcripts.database, { eventBus: bus }),
      await startReplica(transcripts.database, { eventBus: bus }),
    ];
    const replicas = [transcripts, ...others];
    const ids = Array.from({ length: 12 }, () => randomUUID());
    await Promise.all(ids.map((id) => append(replicas, id, 20)));
    await eventually(() => bus.published.length >= 12 * 22);
    await sleep(300);
    expect(bus.published).toHaveLength(12 * 22);
    for (const id of ids) {
      const sequences = bus.published.filter((event) => event.conversationId === id).map((event) => event.sequence);
      expect(sequences).toEqual(Array.from({ length: 22 }, (_, index) => index + 1));
    }
  }, 60_000);

  it('publishes again under the same id what a dying process left unacknowledged', async () => {
    const hung = new RecordingBus();
    hung.hanging = true;
    transcripts = await startTranscripts({ eventBus: hung });
    const id = randomUUID();
    await append([transcripts], id, 1);
    await eventually(() => hung.attempts > 0);
    const before = Date.now();
    const { database } = transcripts;
    await transcripts.service.stop();
    expect(Date.now() - before).toBeLessThan(4_500);
    const bus = new RecordingBus();
    others = [await startReplica(database, { eventBus: bus })];
    await eventually(() => bus.published.length === 3);
    expect(bus.published.map((event) => event.sequence)).toEqual([1, 2, 3]);
  }, 60_000);

  it('is emptied before the service stops', async () => {
    const bus = new RecordingBus();
    bus.delayMs = 5;
    transcripts = await startTranscripts({ eventBus: bus });
    const events = [started(), ...Array.from({ length: 60 }, (_, n) => agentTurn(n + 2))];
    await transcripts.client.appendEvents({ conversationId: randomUUID(), events, fence: 0 }, member());
    await transcripts.service.stop();
    expect(bus.published).toHaveLength(61);
  }, 60_000);

  it('empties a backlog larger than one batch without pausing', async () => {
    const bus = new RecordingBus();
    bus.away = true;
    transcripts = await startTranscripts({ eventBus: bus });
    const { client } = transcripts;
    const events = [started(), ...Array.from({ length: 299 }, (_, n) => turn(n + 2))];
    await Promise.all(
      Array.from({ length: 5 }, () =>
        client.appendEvents({ conversationId: randomUUID(), events, fence: 0 }, member()),
      ),
    );
    bus.away = false;
    await eventually(() => bus.published.length > 0);
    const before = Date.now();
    await eventually(() => bus.published.length === 1_500);
    expect(Date.now() - before).toBeLessThan(4_000);
  }, 60_000);

  it('feeds subscribers in the same process when no bus is configured elsewhere', async () => {
    const bus = new InProcessEventBus(pino({ level: 'silent' }));
    const seen: string[] = [];
    await bus.subscribe({ name: 'webhooks', handle: async (event) => void seen.push(event.kind) });
    transcripts = await startTranscripts({ eventBus: bus });
    await append([transcripts], randomUUID(), 1);
    await eventually(() => seen.length === 3);
    expect(seen).toEqual(['conversation.started', 'turn', 'conversation.ended']);
  }, 60_000);
});
