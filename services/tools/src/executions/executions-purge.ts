import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '@orbisvoice/service-kit/database';
import { LOG } from '@orbisvoice/service-kit/log';
import type { Logger } from 'pino';
import { ToolsEvents } from '../events.js';
import { ExecutionsRepository } from './executions.repository.js';

const INTERVAL_MS = 10 * 60_000;
const BATCH = 500;
const MAX_BATCHES = 40;

/** Deletes executions older than 7 days, in small transactions. */
@Injectable()
export class ExecutionsPurge implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private stopped = false;

  constructor(
    @Inject(LOG) private readonly log: Logger,
    private readonly database: Database,
    private readonly executions: ExecutionsRepository,
    private readonly events: ToolsEvents,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.sweeping ??= this.sweep().finally(() => (this.sweeping = undefined));
    }, INTERVAL_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** Up to 20,000 rows; what is left waits for the next round. Never rejects. */
  async sweep(): Promise<void> {
    let count = 0;
    try {
      for (let batch = 0; batch < MAX_BATCHES && !this.stopped; batch++) {
        const deleted = await this.database.asSystem(
          'tools: purge old executions',
          async (tx) => await this.executions.purge(tx, BATCH),
        );
        count += deleted;
        if (deleted < BATCH) break;
      }
    } catch (error) {
      this.log.warn({ err: error }, 'old executions could not be purged, trying again later');
    }
    if (count > 0) this.events.executionsPurged(count);
  }
}
