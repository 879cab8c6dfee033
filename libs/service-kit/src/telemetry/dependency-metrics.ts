import { Gauge, type Registry } from 'prom-client';
import type { Health } from '../health.js';

/** `<prefix>_dependency_up{dependency}`: 1 while it answers, asked when the metrics are read. */
export function registerDependencyMetrics(registry: Registry, prefix: string, health: Health): void {
  const up = new Gauge({
    name: `${prefix}_dependency_up`,
    help: '1 while what this service needs answers, 0 while it does not, by name',
    labelNames: ['dependency'],
    registers: [],
    async collect() {
      for (const [dependency, isUp] of await health.dependencies()) up.set({ dependency }, isUp ? 1 : 0);
    },
  });
  registry.registerMetric(up);
}
