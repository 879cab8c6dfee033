import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { parseConversationEvent, type ConversationEvent } from '@orbisvoice/service-kit/event-bus/conversation-events';
import {
  agentTurn,
  ended,
  member,
  metric,
  started,
  startReplica,
  startTranscripts,
  type Replica,
  type TranscriptsUnderTest,
} from '../test/transcripts-under-test.js';
import { NATS_TOKEN, natsBinaries, NatsProcess } from './nats-process.js';

const CONVERSATIONS = 12;
const EVENTS = 15;

/** Everything in the stream, oldest first. */
async function streamOf(nats: NatsProcess): Promise<ConversationEvent[]> {
  const connection = await connect({ servers: nats.url, token: NATS_TOKEN });
  try {
    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info('CONVERSATIONS');
    const events: ConversationEvent[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
      const message = await manager.streams.getMessage('CONVERSATIONS', { seq });
      if (message) events.push(parseConversationEvent(message.string()));
    }
    return events;
  } finally {
    await connection.close();
  }
}

async function untilOutboxIsEmpty(replica: Replica): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if ((await metric(replica.service, 'orbisvoice_transcripts_outbox_pending')) === 0) return;
    await sleep(100);
  }
  throw new Error('the outbox did not empty within a minute');
}

describe.each(natsBinaries())('outbox on nats-server $version', ({ path }) => {
  const nats = new NatsProcess(path);
  let transcripts: TranscriptsUnderTest;
  let second: Replica;
  beforeAll(async () => {
    await nats.start();
    const environment = { NATS_URL: nats.url, NATS_TOKEN, NATS_STREAM_MAX_BYTES: String(64 * 1024 * 1024) };
    transcripts = await startTranscripts({ environment });
    second = await startReplica(transcripts.database, { environment });
  }, 60_000);
  afterAll(async () => {
    await second?.stop();
    await transcripts?.stop();
    await nats.remove();
  });

  it('loses and doubles nothing, and keeps the order, while NATS is killed and restarted (S0-53, S2-02)', async () => {
    const ids = Array.from({ length: CONVERSATIONS }, () => randomUUID());
    const replicas = [transcripts, second];
    const talking = ids.map(async (conversationId, index) => {
      const caller = member();
      const turns = Array.from({ length: EVENTS - 2 }, (_, n) => agentTurn(n + 2));
      for (const event of [started(), ...turns, ended(EVENTS)]) {
        await replicas[index % 2]!.client.appendEvents({ conversationId, events: [event], fence: 0 }, caller);
        await sleep(60);
      }
    });
    for (let kill = 0; kill < 2; kill += 1) {
      await sleep(250);
      await nats.kill();
      await sleep(150);
      await nats.start();
    }
    await Promise.all(talking);
    await untilOutboxIsEmpty(transcripts);
    const stream = await streamOf(nats);
    expect(new Set(stream.map((event) => event.id)).size).toBe(CONVERSATIONS * EVENTS);
    expect(stream).toHaveLength(CONVERSATIONS * EVENTS);
    for (const id of ids) {
      const sequences = stream.filter((event) => event.conversationId === id).map((event) => event.sequence);
      expect(sequences).toEqual(Array.from({ length: EVENTS }, (_, n) => n + 1));
    }
  }, 120_000);

  it('is degraded, not unavailable, while NATS is away, and still takes events', async () => {
    await nats.kill();
    await sleep(300);
    const events = [started(), agentTurn(2)];
    const answer = await transcripts.client.appendEvents({ conversationId: randomUUID(), events, fence: 0 }, member());
    expect(answer.committedSequence).toBe(2);
    const report = await transcripts.service.health.report();
    expect(report.status).toBe('degraded');
    expect(report.checks['event_bus']?.detail).toMatch(/NATS/);
    await nats.start();
    await untilOutboxIsEmpty(transcripts);
    // The other replica may have emptied it: this one's connection comes back in its own time.
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if ((await transcripts.service.health.report()).status === 'ok') return;
      await sleep(100);
    }
    throw new Error('not healthy within 10 s');
  }, 120_000);
});
