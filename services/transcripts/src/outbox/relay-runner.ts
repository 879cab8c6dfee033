/** Keeps the outbox relay going: at once after a commit in this process, every second otherwise, slower while the bus is away. */
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '@orbisvoice/service-kit/database';
import { EVENT_BUS, type EventBus } from '@orbisvoice/service-kit/event-bus/event-bus';
import { Health } from '@orbisvoice/service-kit/health';
import { TranscriptsEvents } from '../events.js';
import { OutboxRelay, type BatchOutcome } from './outbox-relay.js';
import { OutboxRepository } from './outbox.repository.js';

const POLL_MS = 1_000;
const FIRST_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 5_000;
/** What is left after this time stays in the outbox for another replica or the next start. */
const DRAIN_MS = 2_000;

@Injectable()
export class RelayRunner implements OnApplicationBootstrap, OnApplicationShutdown {
  /** True when this service opened the bus and so closes it. */
  static readonly OWNS_BUS = Symbol('OWNS_BUS');

  private readonly cut = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private stopping = false;
  private woken = false;
  private ring: (() => void) | undefined;

  constructor(
    private readonly relay: OutboxRelay,
    private readonly outbox: OutboxRepository,
    private readonly database: Database,
    private readonly events: TranscriptsEvents,
    private readonly health: Health,
    @Inject(EVENT_BUS) private readonly bus: EventBus,
    @Inject(RelayRunner.OWNS_BUS) private readonly ownsBus: boolean,
  ) {}

  onApplicationBootstrap(): void {
    // Events wait in the outbox while the bus is away.
    this.health.add({ name: 'event_bus', neededToStart: false, check: () => this.bus.check() });
    this.events.watchOutbox(() => this.database.asSystem('outbox metrics', (tx) => this.outbox.backlog(tx)));
    this.running = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.ring?.();
    const timer = setTimeout(() => this.cut.abort(), DRAIN_MS);
    await this.running;
    clearTimeout(timer);
    if (this.ownsBus) await this.bus.close();
  }

  /** There is something in the outbox. */
  wake(): void {
    this.woken = true;
    if (!this.stopping) this.ring?.();
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.cut.signal.aborted) {
      this.woken = false;
      const outcome = await this.relayBatch();
      this.events.outboxRelayed(outcome.published);
      if (outcome.failure !== undefined) {
        failures += 1;
        if (this.stopping) return;
        this.events.relayFailed(outcome.failure, failures);
        await this.pause(backoffMs(failures), { evenIfWoken: true });
        continue;
      }
      if (failures > 0) this.events.relayRecovered(failures);
      failures = 0;
      if (outcome.published > 0) continue;
      if (this.stopping) return;
      await this.pause(POLL_MS, { evenIfWoken: false });
    }
  }

  private async relayBatch(): Promise<BatchOutcome> {
    try {
      return await this.relay.relayBatch(this.cut.signal);
    } catch (failure) {
      return { published: 0, failure };
    }
  }

  /** Ends early when the service stops and, unless `evenIfWoken`, when there is something to do. */
  private async pause(ms: number, options: { evenIfWoken: boolean }): Promise<void> {
    const mayGoOn = () => this.stopping || (this.woken && !options.evenIfWoken);
    if (mayGoOn()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.ring = () => {
        if (!mayGoOn()) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.ring = undefined;
  }
}

/** Doubles up to a limit; the random part keeps replicas from coming back in step. */
export function backoffMs(failures: number, random = Math.random()): number {
  const ms = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 10));
  return ms * (0.75 + random / 4);
}
