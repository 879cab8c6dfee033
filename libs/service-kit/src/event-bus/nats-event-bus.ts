/** The event log in NATS JetStream: stream CONVERSATIONS (S2-02). */
import { DomainError } from '../errors.js';
import type { ConversationEvent } from './conversation-events.js';
import {
  assertSubscriptionName,
  type EventBus,
  type EventSubscription,
  type RunningSubscription,
} from './event-bus.js';
import { NatsLink, type NatsOptions } from './nats-connection.js';
import { STREAM, subjectOf } from './nats-stream.js';
import { NatsSubscription } from './nats-subscription.js';

const PUBLISH_TIMEOUT_MS = 2_000;
/** Subject, headers and protocol count against the server's largest payload too. */
const HEADROOM_BYTES = 1_024;

export class NatsEventBus implements EventBus {
  private readonly link: NatsLink;
  private readonly subscriptions = new Map<string, NatsSubscription>();

  constructor(private readonly options: NatsOptions) {
    this.link = new NatsLink(options);
  }

  async publish(event: ConversationEvent): Promise<void> {
    try {
      const { client, maxPayloadBytes } = await this.link.ready();
      const payload = encode(event, maxPayloadBytes - HEADROOM_BYTES);
      await client.publish(subjectOf(event), payload, {
        msgID: event.id,
        expect: { streamName: STREAM },
        timeout: PUBLISH_TIMEOUT_MS,
        retries: 0,
      });
    } catch (cause) {
      this.link.distrust();
      throw new DomainError('unavailable', "The event log can't be reached at the moment.", { cause });
    }
  }

  async subscribe(subscription: EventSubscription): Promise<RunningSubscription> {
    assertSubscriptionName(subscription.name, this.subscriptions);
    const running = new NatsSubscription(this.link, subscription, this.options.log);
    this.subscriptions.set(subscription.name, running);
    await running.start();
    return {
      stop: async () => {
        if (this.subscriptions.get(subscription.name) === running) this.subscriptions.delete(subscription.name);
        await running.stop();
      },
    };
  }

  async check(): Promise<void> {
    await this.link.ready();
  }

  async close(): Promise<void> {
    await Promise.all([...this.subscriptions.values()].map((running) => running.stop()));
    this.subscriptions.clear();
    await this.link.close();
  }
}

/** An event that is too large goes without its data: who needs it reads the conversation. */
function encode(event: ConversationEvent, maxBytes: number): Uint8Array {
  const payload = Buffer.from(JSON.stringify(event));
  return payload.byteLength <= maxBytes ? payload : Buffer.from(JSON.stringify({ ...event, data: null }));
}
