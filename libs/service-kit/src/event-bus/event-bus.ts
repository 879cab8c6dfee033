/**
 * The seam to the event log. What it carries is already stored in Postgres; the bus tells others about it.
 * In one process: in-process-event-bus.ts. In production: nats-event-bus.ts. Both pass the same contract tests.
 */
import type { ConversationEvent, ConversationEventKind } from './conversation-events.js';

/** Injection token of the service's EventBus. */
export const EVENT_BUS = Symbol('EVENT_BUS');

export interface EventBus {
  /**
   * Resolves once the bus has the event safe. An id that it has seen within the last 2 minutes is taken as done.
   * @throws DomainError `unavailable` when the bus is away or full; publish again later
   */
  publish(event: ConversationEvent): Promise<void>;
  /**
   * Hands every event published from now on to `handle`, at least once, and in order within a conversation as long as
   * one process subscribes under this name. Resolves when the subscription is in place or, when the bus is away, is
   * being retried in the background. Only one subscription per name and bus.
   */
  subscribe(subscription: EventSubscription): Promise<RunningSubscription>;
  /** Resolves when events can be published. @throws Error with a sentence saying what is wrong */
  check(): Promise<void>;
  /** Ends all subscriptions, then the connection, within about 5 s. Safe to call twice. */
  close(): Promise<void>;
}

export interface EventSubscription {
  /** Lower-case letters, digits and dashes, such as "webhooks". On NATS the name of a durable consumer. */
  name: string;
  /** Default: every kind. */
  kinds?: readonly ConversationEventKind[];
  /** A rejection is a failed delivery: it is tried up to 5 times, then given up. Must be idempotent by `event.id`. */
  handle(event: ConversationEvent): Promise<void>;
  /** Called with an event that was given up. */
  givenUp?(event: ConversationEvent, error: unknown): void;
}

export interface RunningSubscription {
  /** No new event is handed out; waits for the running ones, at most 5 s. */
  stop(): Promise<void>;
}

/** How long an event's id is remembered, so that publishing it again changes nothing. */
export const DUPLICATE_WINDOW_MS = 120_000;

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** @throws TypeError, a mistake in the program, not in its input */
export function assertSubscriptionName(name: string, taken: { has(name: string): boolean }): void {
  if (!NAME.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name for a subscription`);
  if (taken.has(name)) throw new TypeError(`there is a subscription named ${name} already`);
}
