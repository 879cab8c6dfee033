/**
 * Whether the provider takes the platform's key and default model, found out before a caller does. It is told by `/readyz`, where it
 * makes the gateway degraded and not unready: every gateway has the same key, and calls of other kinds go on.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Health } from '@orbisvoice/service-kit/health';
import { MODEL_CHECK, type ModelCheck, type ModelVerdict } from './model-check.js';
import { ModelEvents } from './model-events.js';

/** How long one attempt may take. */
const CHECK_MS = 10_000;
/** Until the next one. A key can be revoked, and one that is refused be allowed, without a restart. */
const AGAIN_AFTER_MS: Record<ModelVerdict['outcome'], number> = {
  accepted: 600_000,
  refused: 60_000,
  unreachable: 15_000,
};

/** Injection token: whether it is tried at all. */
export const CHECKS_PROVIDER = Symbol('CHECKS_PROVIDER');

@Injectable()
export class ProviderStanding implements OnApplicationBootstrap, OnApplicationShutdown {
  private last: ModelVerdict | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private readonly first = Promise.withResolvers<ModelVerdict | undefined>();

  constructor(
    @Inject(MODEL_CHECK) private readonly models: ModelCheck,
    @Inject(CHECKS_PROVIDER) private readonly enabled: boolean,
    @Inject(Health) health: Health,
    private readonly events: ModelEvents,
  ) {
    if (enabled) health.add({ name: 'provider', neededToStart: false, check: async () => this.report() });
    else this.first.resolve(undefined);
  }

  /** The first one after the start. Undefined: it isn't tried. */
  get firstVerdict(): Promise<ModelVerdict | undefined> {
    return this.first.promise;
  }

  onApplicationBootstrap(): void {
    // Not waited for: a provider that is away keeps no gateway from starting.
    if (this.enabled) void this.check();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.first.resolve(undefined);
  }

  private report(): void {
    if (!this.last || this.last.outcome === 'accepted') return;
    const what = this.last.outcome === 'refused' ? 'refuses the key or the default model' : 'could not be tried';
    throw new Error(`the model provider ${what}: ${this.last.detail}`);
  }

  private async check(): Promise<void> {
    const verdict = await this.models.check({ model: '', voice: '' }, CHECK_MS);
    this.events.providerChecked(verdict, this.last);
    this.last = verdict;
    this.first.resolve(verdict);
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.check(), AGAIN_AFTER_MS[verdict.outcome]);
    this.timer.unref();
  }
}
