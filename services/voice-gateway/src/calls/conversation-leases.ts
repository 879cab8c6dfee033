/**
 * Tells `transcripts` that the conversations of this gateway are still held, all of them at once. It ends what it does not hear of: that
 * is how the conversations of a gateway end that was killed. One that was ended so while this gateway could not reach `transcripts` is
 * claimed again, and goes on.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clients, GATEWAY_CALLER } from '../clients.js';
import { GatewayEvents } from '../events.js';
import { CallRegistry } from './call-registry.js';
import type { Journal } from './journal.js';

/** Most that a request may carry. */
const MAX_HELD = 1_000;
const RENEWALS_PER_LEASE = 6;
/** Until `transcripts` has said how long a lease is. */
const FIRST_INTERVAL_MS = 2_000;
const MAX_INTERVAL_MS = 30_000;
const MIN_INTERVAL_MS = 50;

@Injectable()
export class ConversationLeases implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private intervalMs = FIRST_INTERVAL_MS;
  private failures = 0;
  private stopped = false;

  constructor(
    @Inject(Clients) private readonly clients: Clients,
    @Inject(CallRegistry) private readonly registry: CallRegistry,
    @Inject(GatewayEvents) private readonly events: GatewayEvents,
  ) {}

  onApplicationBootstrap(): void {
    this.renewLater();
  }

  /** After the calls have been handed over, which may take long. */
  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private renewLater(): void {
    if (!this.stopped) this.timer = setTimeout(() => void this.renewAll(), this.intervalMs);
  }

  private async renewAll(): Promise<void> {
    try {
      const journals = this.registry.heldJournals();
      for (let i = 0; i < journals.length; i += MAX_HELD) await this.renew(journals.slice(i, i + MAX_HELD));
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      this.events.renewalFailed(error, this.failures);
    }
    this.renewLater();
  }

  private async renew(journals: Journal[]): Promise<void> {
    const held = journals.map((journal) => journal.held);
    const { lostIds, leaseMs } = await this.clients.transcripts.renewConversations(
      { held },
      { caller: GATEWAY_CALLER },
    );
    this.intervalMs = Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, leaseMs / RENEWALS_PER_LEASE));
    const lost = new Set(lostIds);
    for (const journal of journals) if (lost.has(journal.held.conversationId)) journal.claimAgain();
  }
}
