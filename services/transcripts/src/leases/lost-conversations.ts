/**
 * Ends conversations whose holder is gone: killed, or cut off with its machine. Nobody else would, where no other gateway knows of them
 * or none comes back. A holder that lives after all claims its conversation and goes on with it (`claim.service.ts`), so ending one too
 * early costs no word; still nobody is held for silent while there was nobody to speak to.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '@orbisvoice/service-kit/database';
import { GATEWAY_LOST, type RecordedEvent } from '../append/append.requests.js';
import { TranscriptsEvents } from '../events.js';
import { OutboxRepository } from '../outbox/outbox.repository.js';
import { RelayRunner } from '../outbox/relay-runner.js';
import { LEASES, LeasesRepository, type LeaseOptions, type LostConversation } from './leases.repository.js';

const SWEEPS_PER_LEASE = 6;
const MAX_INTERVAL_MS = 15_000;
const BATCH = 100;
const DETAIL = 'The process that held the conversation was lost. What was said last may be missing.';

@Injectable()
export class LostConversations implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly startedAt = new Date();
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  private stopped = false;
  private failures = 0;
  /** Since when every sweep reached the database, so that holders could be heard. */
  private hearingSince: number | undefined;
  private lastSweptAt = 0;

  constructor(
    private readonly database: Database,
    private readonly repository: LeasesRepository,
    private readonly outbox: OutboxRepository,
    private readonly relay: RelayRunner,
    private readonly events: TranscriptsEvents,
    @Inject(LEASES) private readonly options: LeaseOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.sweeping = this.sweep();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.sweeping;
  }

  private async sweep(): Promise<void> {
    const intervalMs = Math.min(MAX_INTERVAL_MS, this.options.leaseMs / SWEEPS_PER_LEASE);
    const now = performance.now();
    // A machine that slept heard nobody either.
    if (now - this.lastSweptAt > 3 * intervalMs) this.hearingSince = undefined;
    try {
      while (!this.stopped && (await this.endBatch(now)) === BATCH);
      this.hearingSince ??= now;
      this.lastSweptAt = performance.now();
      this.failures = 0;
    } catch (error) {
      this.hearingSince = undefined;
      this.failures += 1;
      this.events.sweepFailed(error, this.failures);
    }
    if (this.stopped) return;
    this.timer = setTimeout(() => (this.sweeping = this.sweep()), intervalMs);
  }

  private async endBatch(now: number): Promise<number> {
    const { leaseMs, onlyHolder } = this.options;
    const couldBeHeard = this.hearingSince !== undefined && now - this.hearingSince >= leaseMs;
    const where = { startedBefore: onlyHolder ? this.startedAt : null, silentMs: couldBeHeard ? leaseMs : null };
    const lost = await this.database.asSystem('end of lost conversations', async (tx) => {
      const found = await this.repository.findLost(tx, where, BATCH);
      for (const conversation of found) {
        const end = endOf(conversation);
        await this.outbox.add(tx, conversation, [end]);
        await this.repository.end(tx, conversation, end);
      }
      return found;
    });
    for (const { organizationId, id } of lost) this.events.conversationLost({ organizationId, id });
    if (lost.length > 0) this.relay.wake();
    return lost.length;
  }
}

/** It ended when its holder was last heard of, not when somebody noticed. */
function endOf({ lastSequence, seenAt }: LostConversation): RecordedEvent & { kind: 'conversation.ended' } {
  const data = { reason: GATEWAY_LOST, detail: DETAIL };
  const bytes = Buffer.byteLength(JSON.stringify(data));
  return { kind: 'conversation.ended', sequence: lastSequence + 1, occurredAt: seenAt, data, bytes };
}
