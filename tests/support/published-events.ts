/** What a subscriber of the event bus gets. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { ConversationEvent } from '@orbisvoice/service-kit/event-bus/conversation-events';
import { NatsEventBus } from '@orbisvoice/service-kit/event-bus/nats-event-bus';
import { STREAM } from '@orbisvoice/service-kit/event-bus/nats-stream';
import { createLog } from '@orbisvoice/service-kit/log';
import { NATS_TOKEN } from '../../services/transcripts/test-real/nats-process.js';

const SUBSCRIPTION = 'tests';
const SUBSCRIBED_WITHIN_MS = 20_000;

export class PublishedEvents {
  /** By id: an event may come twice, as the same. In order of first arrival. */
  private readonly events = new Map<string, ConversationEvent>();

  private constructor(private readonly bus: NatsEventBus) {}

  /** @throws when there is no subscription after 20 s */
  static async from(url: string): Promise<PublishedEvents> {
    const log = createLog({ service: 'test', level: 'silent' });
    const bus = new NatsEventBus({ servers: [url], token: NATS_TOKEN, clientName: 'test', stream: undefined, log });
    const published = new PublishedEvents(bus);
    await bus.subscribe({ name: SUBSCRIPTION, handle: async (event) => published.take(event) });
    await subscriptionExists(url).catch(async (error: unknown) => {
      await published.stop();
      throw error;
    });
    return published;
  }

  /** Each event of this conversation came, in order, to its end. */
  async proveWhole(conversationId: string, withinMs: number): Promise<void> {
    const events = () => [...this.events.values()].filter((event) => event.conversationId === conversationId);
    for (const deadline = Date.now() + withinMs; Date.now() < deadline; await sleep(50))
      if (events().some(({ kind }) => kind === 'conversation.ended')) break;
    expect(events().at(-1)?.kind).toBe('conversation.ended');
    expect(events().map(({ sequence }) => sequence)).toEqual(events().map((_event, i) => i + 1));
  }

  async stop(): Promise<void> {
    await this.bus.close();
  }

  private take(event: ConversationEvent): void {
    if (!this.events.has(event.id)) this.events.set(event.id, event);
  }
}

/** A subscriber gets what is published once its consumer exists, which the bus tries until it succeeds: a test must not begin before. */
async function subscriptionExists(url: string): Promise<void> {
  const connection = await connect({ servers: url, token: NATS_TOKEN });
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    for (const deadline = Date.now() + SUBSCRIBED_WITHIN_MS; ; await sleep(50)) {
      const problem = await manager.consumers.info(STREAM, SUBSCRIPTION).then(() => undefined, String);
      if (problem === undefined) return;
      if (Date.now() > deadline) throw new Error(`no subscription to ${url}: ${problem}`);
    }
  } finally {
    await connection.close();
  }
}
