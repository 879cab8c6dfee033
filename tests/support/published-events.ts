/** What a subscriber of the event bus gets. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { ConversationEvent } from '@orbisvoice/service-kit/event-bus/conversation-events';
import { NatsEventBus } from '@orbisvoice/service-kit/event-bus/nats-event-bus';
import { createLog } from '@orbisvoice/service-kit/log';
import { NATS_TOKEN } from '../../services/transcripts/test-real/nats-process.js';

const CONNECTED_WITHIN_MS = 10_000;

export class PublishedEvents {
  /** By id: an event may come twice, as the same. In order of first arrival. */
  private readonly events = new Map<string, ConversationEvent>();

  private constructor(private readonly bus: NatsEventBus) {}

  static async from(url: string): Promise<PublishedEvents> {
    const log = createLog({ service: 'test', level: 'silent' });
    const bus = new NatsEventBus({ servers: [url], token: NATS_TOKEN, clientName: 'test', stream: undefined, log });
    const published = new PublishedEvents(bus);
    // A subscription gets what is published once it is in place, and this one must not miss a call's start.
    for (const deadline = Date.now() + CONNECTED_WITHIN_MS; Date.now() < deadline; await sleep(50))
      if (
        await bus.check().then(
          () => true,
          () => false,
        )
      )
        break;
    await bus.subscribe({ name: 'tests', handle: async (event) => published.take(event) });
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
