/** What comes of trying the provider without a call: counter and log line together. */
import { Inject, Injectable } from '@nestjs/common';
import { LOG } from '@orbisvoice/service-kit/log';
import type { Logger } from 'pino';
import { Counter, Registry } from 'prom-client';
import type { ModelVerdict } from './model-check.js';

const OUTCOMES: ModelVerdict['outcome'][] = ['accepted', 'refused', 'unreachable'];

@Injectable()
export class ModelEvents {
  private readonly checks: Counter<'outcome'>;

  constructor(
    @Inject(LOG) private readonly log: Logger,
    @Inject(Registry) registry: Registry,
  ) {
    this.checks = new Counter({
      name: 'orbisvoice_gateway_provider_checks_total',
      help: 'Attempts to open a session with the key and the default model, without a call',
      labelNames: ['outcome'],
      registers: [registry],
    });
    for (const outcome of OUTCOMES) this.checks.inc({ outcome }, 0);
  }

  /** Logged when it has changed. */
  providerChecked(verdict: ModelVerdict, before: ModelVerdict | undefined): void {
    const { outcome } = verdict;
    this.checks.inc({ outcome });
    if (outcome === before?.outcome) return;
    if (outcome === 'accepted') this.log.info('the provider takes the key and the default model');
    else if (outcome === 'refused') this.log.error(verdict, 'the provider refuses the key or the default model');
    else this.log.warn(verdict, 'the provider could not be tried');
  }
}
