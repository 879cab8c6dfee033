/**
 * Calls whose gateway has died: those whose client did not come back, and those that had ended, but not everything of them was stored.
 * Any gateway takes them, stores what their journal still holds, and ends the ones that still ran. So no conversation stays open for
 * ever, and none loses its end.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG } from '../../clients.js';
import type { Config } from '../../config.js';
import { GatewayEvents } from '../../events.js';
import { CallStarter } from '../call-starter.js';
import { CALL_STORE, type CallStore } from './call-store.js';

const SWEEP_INTERVAL_MS = 2_000;

@Injectable()
export class OrphanSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private sweeping = false;

  constructor(
    @Inject(CALL_STORE) private readonly store: CallStore,
    @Inject(CallStarter) private readonly starter: CallStarter,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(GatewayEvents) private readonly events: GatewayEvents,
  ) {}

  onApplicationBootstrap(): void {
    if (this.store.shared) this.timer = setInterval(() => void this.sweep(), SWEEP_INTERVAL_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async sweep(): Promise<void> {
    if (this.sweeping) return;
    this.sweeping = true;
    try {
      for (const claimed of await this.store.claimOrphans(this.config.clientGraceMs)) {
        this.events.callTakenOver(claimed.facts.id);
        if (claimed.progress.state.phase === 'ended') this.starter.flush(claimed);
        else this.starter.takeOver(claimed, undefined).end('client_lost', 'the gateway of this call was lost');
      }
    } catch (error) {
      this.events.storeFailed('', error);
    }
    this.sweeping = false;
  }
}
