/** Moves one batch of events from the outbox to the bus. */
import { Inject, Injectable } from '@nestjs/common';
import { Database } from '@orbisvoice/service-kit/database';
import type { ConversationEvent } from '@orbisvoice/service-kit/event-bus/conversation-events';
import { EVENT_BUS, type EventBus } from '@orbisvoice/service-kit/event-bus/event-bus';
import { OutboxRepository, type ClaimLimits } from './outbox.repository.js';

const CLAIM: ClaimLimits = { conversations: 32, events: 200, bytes: 8 * 1024 * 1024 };
/** The claim's transaction stays open meanwhile, so it must be short. */
const BATCH_MS = 3_000;
const PUBLISH_TIMEOUT_MS = 3_000;

export interface BatchOutcome {
  published: number;
  /** Why the bus did not take an event. */
  failure?: unknown;
}

@Injectable()
export class OutboxRelay {
  constructor(
    private readonly database: Database,
    private readonly outbox: OutboxRepository,
    @Inject(EVENT_BUS) private readonly bus: EventBus,
  ) {}

  /**
   * Publishes conversations side by side, the events of each in order, and deletes what the bus has acknowledged. When
   * the process dies in between, the events are published again under the same ids. Nothing new is begun once `cut` is
   * aborted.
   */
  async relayBatch(cut: AbortSignal): Promise<BatchOutcome> {
    return await this.database.asSystem('outbox relay', async (tx) => {
      const events = await this.outbox.claim(tx, CLAIM);
      const batch = new Batch(this.bus, cut);
      await Promise.all(byConversation(events).map((lane) => batch.publishInOrder(lane)));
      await this.outbox.remove(tx, batch.publishedIds);
      const published = batch.publishedIds.length;
      return batch.failed ? { published, failure: batch.failure } : { published };
    });
  }
}

class Batch {
  readonly publishedIds: string[] = [];
  failed = false;
  failure: unknown;
  private readonly endsAt = Date.now() + BATCH_MS;

  constructor(
    private readonly bus: EventBus,
    private readonly cut: AbortSignal,
  ) {}

  async publishInOrder(events: ConversationEvent[]): Promise<void> {
    for (const event of events) {
      if (this.failed || this.cut.aborted || Date.now() > this.endsAt) return;
      try {
        await this.publish(event);
        this.publishedIds.push(event.id);
      } catch (error) {
        this.failed = true;
        this.failure ??= error;
        return;
      }
    }
  }

  private async publish(event: ConversationEvent): Promise<void> {
    let giveUp: (() => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      giveUp = () => reject(new Error('the event bus did not acknowledge in time'));
      timer = setTimeout(giveUp, PUBLISH_TIMEOUT_MS);
      this.cut.addEventListener('abort', giveUp, { once: true });
    });
    try {
      await Promise.race([this.bus.publish(event), limit]);
    } finally {
      clearTimeout(timer);
      if (giveUp) this.cut.removeEventListener('abort', giveUp);
    }
  }
}

/** One list per conversation, each by sequence: what is waiting together leaves in order even if it came out of order. */
function byConversation(events: ConversationEvent[]): ConversationEvent[][] {
  const lanes = Map.groupBy(events, (event) => event.conversationId);
  return [...lanes.values()].map((lane) => lane.toSorted((a, b) => a.sequence - b.sequence));
}
