/**
 * The bus of a single process. An event counts as published when every subscriber has handled it, so a crash loses
 * nothing: the outbox still has it. Slow subscribers therefore slow the publisher down instead of filling memory.
 */
import type { Logger } from 'pino';
import { DomainError } from '../errors.js';
import type { ConversationEvent } from './conversation-events.js';
import {
  assertSubscriptionName,
  DUPLICATE_WINDOW_MS,
  type EventBus,
  type EventSubscription,
  type RunningSubscription,
} from './event-bus.js';
import { DELIVERY_LIMITS, OrderedDeliveries, type DeliveryLimits } from './ordered-deliveries.js';

const MAX_REMEMBERED = 10_000;

export class InProcessEventBus implements EventBus {
  private readonly subscribers = new Map<string, OrderedDeliveries>();
  private readonly running = new Map<string, Promise<void>>();
  /** Published ids with the time of it, oldest first. */
  private readonly done = new Map<string, number>();
  private closed = false;

  constructor(
    private readonly log: Logger,
    private readonly limits: DeliveryLimits = DELIVERY_LIMITS,
  ) {}

  async publish(event: ConversationEvent): Promise<void> {
    if (this.closed) throw new DomainError('unavailable', 'The event bus is closed.');
    if (this.isDone(event.id)) return;
    let running = this.running.get(event.id);
    if (!running) {
      running = this.deliver(event).finally(() => this.running.delete(event.id));
      this.running.set(event.id, running);
    }
    await running;
  }

  async subscribe(subscription: EventSubscription): Promise<RunningSubscription> {
    assertSubscriptionName(subscription.name, this.subscribers);
    const deliveries = new OrderedDeliveries(subscription, this.log, this.limits);
    this.subscribers.set(subscription.name, deliveries);
    return {
      stop: async () => {
        if (this.subscribers.get(subscription.name) === deliveries) this.subscribers.delete(subscription.name);
        await deliveries.stop();
      },
    };
  }

  async check(): Promise<void> {
    if (this.closed) throw new Error('the event bus is closed');
  }

  async close(): Promise<void> {
    this.closed = true;
    const subscribers = [...this.subscribers.values()];
    this.subscribers.clear();
    await Promise.all(subscribers.map((deliveries) => deliveries.stop()));
  }

  private async deliver(event: ConversationEvent): Promise<void> {
    const subscribers = [...this.subscribers.values()];
    if (subscribers.some((deliveries) => deliveries.full))
      throw new DomainError('unavailable', 'A subscriber is behind.');
    // Each gets a copy, as it would from a broker.
    await Promise.all(subscribers.map((deliveries) => deliveries.deliver(structuredClone(event))));
    this.remember(event.id);
  }

  private isDone(id: string): boolean {
    const at = this.done.get(id);
    return at !== undefined && Date.now() - at < DUPLICATE_WINDOW_MS;
  }

  private remember(id: string): void {
    this.done.delete(id);
    this.done.set(id, Date.now());
    const [oldest] = this.done.keys();
    if (this.done.size > MAX_REMEMBERED && oldest !== undefined) this.done.delete(oldest);
  }
}
