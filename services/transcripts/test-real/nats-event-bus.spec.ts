import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, nanos, type NatsConnection } from '@nats-io/transport-node';
import type { ConversationEvent } from '@orbisvoice/service-kit/event-bus/conversation-events';
import { NatsEventBus } from '@orbisvoice/service-kit/event-bus/nats-event-bus';
import type { StreamLimits } from '@orbisvoice/service-kit/event-bus/nats-stream';
import { describeEventBus, endedEvent, eventually, startedEvent } from '@orbisvoice/testing/event-bus-contract';
import { pino } from 'pino';
import { NATS_TOKEN, natsBinaries, NatsProcess } from './nats-process.js';

const LIMITS: StreamLimits = { maxAgeMs: 3_600_000, maxBytes: 64 * 1024 * 1024, replicas: 1 };

function openBus(nats: NatsProcess, stream: StreamLimits | undefined = LIMITS, token = NATS_TOKEN): NatsEventBus {
  return new NatsEventBus({
    servers: [nats.url],
    token,
    clientName: 'test',
    stream,
    log: pino({ level: 'silent' }),
  });
}

async function untilReady(bus: NatsEventBus): Promise<NatsEventBus> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await bus.check();
      return bus;
    } catch (error) {
      if (attempt > 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Asked over a connection of its own, which knows nothing of what happened before. */
async function hasStream(nats: NatsProcess): Promise<boolean> {
  const connection = await connect({ servers: nats.url, token: NATS_TOKEN });
  try {
    await (await jetstreamManager(connection)).streams.info('CONVERSATIONS');
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

/** Publishes as the outbox relay does: again until it is acknowledged. */
async function publishUntilAcknowledged(bus: NatsEventBus, event: ConversationEvent): Promise<void> {
  const end = Date.now() + 30_000;
  while (true) {
    try {
      return await bus.publish(event);
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe.each(natsBinaries())('nats-server $version', ({ path, version }) => {
  const nats = new NatsProcess(path);
  beforeAll(() => nats.start());
  afterAll(() => nats.remove());

  describeEventBus(`NATS JetStream ${version}`, () => untilReady(openBus(nats)));

  describe('stream CONVERSATIONS', () => {
    let connection: NatsConnection;
    let manager: JetStreamManager;
    beforeEach(async () => {
      connection = await connect({ servers: nats.url, token: NATS_TOKEN });
      manager = await jetstreamManager(connection);
      await manager.streams.delete('CONVERSATIONS').catch(() => false);
    });
    afterEach(() => connection.close());

    it('is created with the documented settings, and can be purged (S2-02, S2-55)', async () => {
      const bus = await untilReady(openBus(nats));
      const { config } = await manager.streams.info('CONVERSATIONS');
      expect(config).toMatchObject({
        subjects: ['conv.>'],
        storage: 'file',
        retention: 'limits',
        discard: 'old',
        max_age: nanos(3_600_000),
        max_bytes: 64 * 1024 * 1024,
        duplicate_window: nanos(120_000),
        allow_direct: true,
        deny_delete: false,
        deny_purge: false,
      });
      await bus.publish(startedEvent());
      expect((await manager.streams.purge('CONVERSATIONS')).purged).toBe(1);
      await bus.close();
    });

    it('is there without anything having been published, also after the server was away', async () => {
      const bus = openBus(nats);
      try {
        await eventually(async () => await hasStream(nats));
        await manager.streams.delete('CONVERSATIONS');
        await nats.kill();
        await nats.start();
        await eventually(async () => await hasStream(nats));
      } finally {
        await bus.close();
      }
    }, 30_000);

    it('gets changed limits, and keeps its events', async () => {
      const first = await untilReady(openBus(nats));
      await first.publish(startedEvent());
      await first.close();
      const second = await untilReady(openBus(nats, { ...LIMITS, maxAgeMs: 7_200_000 }));
      const { config, state } = await manager.streams.info('CONVERSATIONS');
      expect(config.max_age).toBe(nanos(7_200_000));
      expect(state.messages).toBe(1);
      await second.close();
    });

    it('has a subject and a message id that others can rely on', async () => {
      const bus = await untilReady(openBus(nats));
      const event = startedEvent();
      await bus.publish(event);
      const stored = await manager.streams.getMessage('CONVERSATIONS', { seq: 1 });
      expect(stored?.subject).toBe(`conv.${event.organizationId}.${event.conversationId}.started`);
      expect(stored?.header.get('Nats-Msg-Id')).toBe(event.id);
      expect(stored?.json()).toEqual(event);
      await bus.close();
    });

    it('comes back when somebody deletes it while the service runs', async () => {
      const bus = await untilReady(openBus(nats));
      await manager.streams.delete('CONVERSATIONS');
      await publishUntilAcknowledged(bus, startedEvent());
      expect((await manager.streams.info('CONVERSATIONS')).state.messages).toBe(1);
      await bus.close();
    });

    it('is only waited for by a service that does not own it', async () => {
      const follower = openBus(nats, undefined);
      const events: ConversationEvent[] = [];
      await follower.subscribe({ name: 'follower', handle: async (event) => void events.push(event) });
      await expect(follower.check()).rejects.toThrow();
      const owner = await untilReady(openBus(nats));
      await untilReady(follower);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await owner.publish(startedEvent());
      await eventually(() => events.length === 1);
      await Promise.all([owner.close(), follower.close()]);
    });

    it('carries an event over the payload limit without its data', async () => {
      const bus = await untilReady(openBus(nats));
      const events: ConversationEvent[] = [];
      await bus.subscribe({ name: 'large', handle: async (event) => void events.push(event) });
      const large = endedEvent(2);
      await bus.publish({
        ...large,
        kind: 'conversation.ended',
        data: { reason: 'client_ended', detail: 'x'.repeat(1_100_000) },
      });
      await eventually(() => events.length === 1);
      expect(events[0]).toEqual({ ...large, data: null });
      await bus.close();
    });

    it('leaves out a message that is no event, and goes on', async () => {
      const bus = await untilReady(openBus(nats));
      const events: ConversationEvent[] = [];
      await bus.subscribe({ name: 'tolerant', handle: async (event) => void events.push(event) });
      await connection.request(`conv.${randomUUID()}.${randomUUID()}.turn`, 'not JSON', { timeout: 2_000 });
      await bus.publish(startedEvent());
      await eventually(() => events.length === 1);
      await bus.close();
    });
  });

  describe('failures', () => {
    it('says why while the token is wrong (S2-13)', async () => {
      const bus = openBus(nats, LIMITS, 'another token');
      await expect(bus.publish(startedEvent())).rejects.toMatchObject({ kind: 'unavailable' });
      await new Promise((resolve) => setTimeout(resolve, 300));
      await expect(bus.check()).rejects.toThrow(/^NATS refuses the credentials of NATS_TOKEN: .*authoriz/i);
      await bus.close();
    });

    it('loses and doubles nothing when the server is killed and restarted in the middle', async () => {
      const bus = await untilReady(openBus(nats));
      const seen: ConversationEvent[] = [];
      const survivor = await bus.subscribe({
        name: `survivor-${randomUUID()}`,
        handle: async (event) => void seen.push(event),
      });
      const conversations = Array.from({ length: 10 }, () => randomUUID());
      const events = conversations.flatMap((id) => [startedEvent(id), ...[2, 3, 4, 5].map((n) => endedEvent(n, id))]);
      const publishing = conversations.map(async (id) => {
        for (const event of events.filter((found) => found.conversationId === id)) {
          await publishUntilAcknowledged(bus, event);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      });
      await eventually(() => seen.length >= 10);
      await nats.kill();
      await new Promise((resolve) => setTimeout(resolve, 500));
      await expect(bus.check()).rejects.toThrow(/lost/);
      await nats.start();
      await Promise.all(publishing);
      await eventually(() => new Set(seen.map((event) => event.id)).size === events.length, 60_000);
      for (const id of conversations) {
        const firsts = [...new Set(seen.filter((event) => event.conversationId === id).map((event) => event.sequence))];
        expect(firsts).toEqual([1, 2, 3, 4, 5]);
      }
      await survivor.stop();
      await bus.close();
    }, 120_000);

    it('publishes again after the server lost all its data', async () => {
      const bus = await untilReady(openBus(nats));
      await nats.kill();
      nats.wipe();
      await nats.start();
      await publishUntilAcknowledged(bus, startedEvent());
      await bus.close();
    }, 60_000);

    it('closes promptly while the server is away', async () => {
      const bus = await untilReady(openBus(nats));
      await nats.kill();
      const before = Date.now();
      await bus.close();
      expect(Date.now() - before).toBeLessThan(3_000);
      await nats.start();
    }, 60_000);
  });
});
