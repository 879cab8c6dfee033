/** A durable pull consumer of the stream, kept alive whatever happens to the server, the stream or the consumer. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AckPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  DeliverPolicy,
  type ConsumerMessages,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { parseConversationEvent, type ConversationEvent } from './conversation-events.js';
import type { EventSubscription } from './event-bus.js';
import type { NatsLink } from './nats-connection.js';
import { ALL_SUBJECTS, STREAM } from './nats-stream.js';
import { OrderedDeliveries } from './ordered-deliveries.js';

const ACK_WAIT_MS = 30_000;
const WORKING_EVERY_MS = 10_000;
/** Redeliveries by the server, after crashes. A handler's own failures are retried within the process. */
const MAX_DELIVERIES = 20;
const MAX_UNACKNOWLEDGED = 100;
const RETRY_MS = 500;

export class NatsSubscription {
  private readonly deliveries: OrderedDeliveries;
  private readonly stopped = new AbortController();
  private messages: ConsumerMessages | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly link: NatsLink,
    private readonly subscription: EventSubscription,
    private readonly log: Logger,
  ) {
    this.deliveries = new OrderedDeliveries(subscription, log);
  }

  async start(): Promise<void> {
    await this.open().catch((error: unknown) => this.report(error));
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.messages?.close();
    await this.running;
    await this.deliveries.stop();
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      try {
        const messages = this.messages ?? (await this.open());
        for await (const message of messages) void this.receive(message);
      } catch (error) {
        this.report(error);
      }
      this.messages = undefined;
      if (this.stopped.signal.aborted) return;
      await sleep(RETRY_MS, undefined, { signal: this.stopped.signal }).catch(() => undefined);
    }
  }

  private async open(): Promise<ConsumerMessages> {
    const { client, manager } = await this.link.ready();
    await ensureConsumer(manager, this.subscription.name);
    const consumer = await client.consumers.get(STREAM, this.subscription.name);
    this.messages = await consumer.consume({
      max_messages: MAX_UNACKNOWLEDGED,
      expires: 5_000,
      abort_on_missing_resource: true,
    });
    if (this.stopped.signal.aborted) await this.messages.close();
    return this.messages;
  }

  /** Unacknowledged messages come again, so nothing is lost when this fails halfway. */
  private async receive(message: JsMsg): Promise<void> {
    let event: ConversationEvent;
    try {
      event = parseConversationEvent(message.string());
    } catch (error) {
      this.log.error({ err: error, streamSequence: message.seq }, 'message in the event log is no event, left out');
      message.term();
      return;
    }
    const timer = setInterval(() => message.working(), WORKING_EVERY_MS);
    try {
      await this.deliveries.deliver(event);
      message.ack();
    } catch (error) {
      this.log.debug({ err: error, eventId: event.id }, 'event not taken, it comes again');
    } finally {
      clearInterval(timer);
    }
  }

  private report(error: unknown): void {
    if (this.stopped.signal.aborted) return;
    this.link.distrust();
    this.log.debug({ err: error, subscription: this.subscription.name }, 'subscription interrupted, trying again');
  }
}

async function ensureConsumer(manager: JetStreamManager, name: string): Promise<void> {
  try {
    await manager.consumers.info(STREAM, name);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.ConsumerNotFound) throw error;
    await manager.consumers.add(STREAM, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT_MS),
      max_deliver: MAX_DELIVERIES,
      max_ack_pending: MAX_UNACKNOWLEDGED,
      deliver_policy: DeliverPolicy.New,
      filter_subject: ALL_SUBJECTS,
    });
  }
}
