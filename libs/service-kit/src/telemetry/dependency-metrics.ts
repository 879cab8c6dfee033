import { Gauge, type Registry } from 'prom-client';
import type { Health } from '../health.js';

/** `<prefix>_dependency_up{dependency}` and `…_dependency_refused{dependency}`, asked when the metrics are read. */
export function registerDependencyMetrics(registry: Registry, prefix: string, health: Health): void {
  const up = new Gauge({
    name: `${prefix}_dependency_up`,
    help: '1 while what this service needs answers, 0 while it does not, by name',
    labelNames: ['dependency'],
    registers: [],
    async collect() {
      for (const [dependency, state] of await health.dependencies()) up.set({ dependency }, state === 'ok' ? 1 : 0);
    },
  });
  const refused = new Gauge({
    name: `${prefix}_dependency_refused`,
    help: '1 while what this service needs refuses its credentials, by name',
    labelNames: ['dependency'],
    registers: [],
    async collect() {
      for (const [dependency, state] of await health.dependencies())
        refused.set({ dependency }, state === 'refused' ? 1 : 0);
    },
  });
  registry.registerMetric(up);
  registry.registerMetric(refused);
}
