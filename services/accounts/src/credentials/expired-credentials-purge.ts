/** Deletes what has expired, every minute, a bounded number of rows at a time. Safe to run in every pod. */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '@orbisvoice/service-kit/database';
import { LOG } from '@orbisvoice/service-kit/log';
import type { Logger } from 'pino';
import { Clock } from '../clock.js';
import { AccountsEvents } from '../events.js';
import { ExpiredCredentialsRepository, type ExpiringTable } from './expired-credentials.repository.js';

const INTERVAL_MS = 60_000;
const BATCH_ROWS = 1_000;
const MAX_BATCHES = 20;
const DAY_MS = 24 * 60 * 60_000;

/**
 * How long an expired row stays. A spent token must outlive every pod's idea of its expiry, or it could be spent again;
 * a link stays so that its user is told that it is too late rather than that it never was.
 */
const KEPT_AFTER_EXPIRY_MS: Record<ExpiringTable, number> = {
  spent_call_tokens: 10 * 60_000,
  sign_in_links: 30 * DAY_MS,
  sessions: DAY_MS,
};

@Injectable()
export class ExpiredCredentialsPurge implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly repository: ExpiredCredentialsRepository,
    private readonly clock: Clock,
    private readonly events: AccountsEvents,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running ??= this.purge()
        .catch((error: unknown) =>
          this.log.warn({ err: error }, 'purge of expired credentials failed, trying again later'),
        )
        .finally(() => (this.running = undefined));
    }, INTERVAL_MS);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  async purge(): Promise<void> {
    for (const [table, keptMs] of Object.entries(KEPT_AFTER_EXPIRY_MS) as [ExpiringTable, number][]) {
      await this.purgeTable(table, new Date(this.clock.now().getTime() - keptMs));
    }
  }

  private async purgeTable(table: ExpiringTable, before: Date): Promise<void> {
    for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
      const deleted = await this.database.asSystem(
        'purge of expired credentials',
        async (tx) => await this.repository.delete(tx, table, before, BATCH_ROWS),
      );
      if (deleted > 0) this.events.rowsPurged(table, deleted);
      if (deleted < BATCH_ROWS) return;
    }
  }
}
