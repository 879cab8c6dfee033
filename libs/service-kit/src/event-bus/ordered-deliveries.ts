/** Hands events to one handler: conversations side by side, the events of each in order, with retries and limits. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { DomainError } from '../errors.js';
import type { ConversationEvent } from './conversation-events.js';
import type { EventSubscription } from './event-bus.js';

export interface DeliveryLimits {
  /** Events taken in and not yet done. */
  maxPending: number;
  maxAttempts: number;
  /** A handler that takes longer has failed. */
  handlerTimeoutMs: number;
  /** Pause before the second attempt; four times as long before each later one. */
  firstRetryMs: number;
}

export const DELIVERY_LIMITS: DeliveryLimits = {
  maxPending: 1_000,
  maxAttempts: 5,
  handlerTimeoutMs: 30_000,
  firstRetryMs: 100,
};

const STOP_TIMEOUT_MS = 5_000;

export class OrderedDeliveries {
  private readonly lanes = new Map<string, Promise<void>>();
  private readonly stopped = new AbortController();
  private pending = 0;

  constructor(
    private readonly subscription: EventSubscription,
    private readonly log: Logger,
    private readonly limits: DeliveryLimits = DELIVERY_LIMITS,
  ) {}

  get full(): boolean {
    return this.pending >= this.limits.maxPending;
  }

  /** Resolves when the event was handled or given up. @throws DomainError `unavailable` when full or stopped */
  async deliver(event: ConversationEvent): Promise<void> {
    if (this.stopped.signal.aborted) throw stoppedError();
    if (this.full) throw new DomainError('unavailable', `The subscriber ${this.subscription.name} is behind.`);
    if (this.subscription.kinds && !this.subscription.kinds.includes(event.kind)) return;
    const lane = event.conversationId;
    const before = this.lanes.get(lane) ?? Promise.resolve();
    const run = before.then(() => this.attempt(event));
    const settled = run.catch(() => undefined);
    this.lanes.set(lane, settled);
    this.pending += 1;
    try {
      await run;
    } finally {
      this.pending -= 1;
      if (this.lanes.get(lane) === settled) this.lanes.delete(lane);
    }
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    const timeout = new AbortController();
    await Promise.race([
      Promise.all(this.lanes.values()),
      sleep(STOP_TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => undefined),
    ]);
    timeout.abort();
  }

  private async attempt(event: ConversationEvent): Promise<void> {
    const { maxAttempts, firstRetryMs } = this.limits;
    for (let attempt = 1; ; attempt += 1) {
      if (this.stopped.signal.aborted) throw stoppedError();
      try {
        await this.handle(event);
        return;
      } catch (error) {
        const about = { err: error, subscription: this.subscription.name, eventId: event.id, attempt };
        if (attempt >= maxAttempts) {
          this.log.error(about, 'event given up');
          this.subscription.givenUp?.(event, error);
          return;
        }
        this.log.warn(about, 'event not handled, trying again');
      }
      const pauseMs = firstRetryMs * 4 ** (attempt - 1);
      await sleep(pauseMs, undefined, { signal: this.stopped.signal }).catch(() => undefined);
    }
  }

  private async handle(event: ConversationEvent): Promise<void> {
    const { handlerTimeoutMs } = this.limits;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not handled within ${handlerTimeoutMs} ms`)), handlerTimeoutMs);
    });
    try {
      await Promise.race([this.subscription.handle(event), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function stoppedError(): DomainError {
  return new DomainError('unavailable', 'The subscription has stopped.');
}
