/** `main.ts` of a service that has a process to itself. */
import { collectDefaultMetrics } from 'prom-client';
import { ConfigError, type BaseConfig, type Environment } from './config.js';
import { endOnSignal } from './end-process.js';
import { startMetricsServer } from './metrics-server.js';
import { startService, type ServiceDefinition } from './service.js';

/**
 * Starts the service and its metrics port, and stops both on SIGTERM or SIGINT: the process ends with status 0 within the service's
 * time, whatever hangs. Told so while it starts, it ends at once. A bad environment ends it with status 78.
 */
export async function runService<Config extends BaseConfig>(
  definition: ServiceDefinition<Config>,
  environment: Environment,
): Promise<void> {
  const endAtOnce = () => process.exit(0);
  process.once('SIGTERM', endAtOnce).once('SIGINT', endAtOnce);
  try {
    const service = await startService(definition, { environment });
    collectDefaultMetrics({ register: service.registry });
    const { metrics } = definition.config.load(environment);
    const metricsServer = await startMetricsServer({ ...metrics, targets: [service] });
    const stop = async () => {
      await service.stop();
      await metricsServer.close();
    };
    endOnSignal({ stop, withinMs: service.stopWithinMs, log: service.log });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(
      `${definition.name} can't start:\n${error.problems.map((problem) => `  ${problem}\n`).join('')}`,
    );
    process.exitCode = 78; // EX_CONFIG
  } finally {
    process.off('SIGTERM', endAtOnce).off('SIGINT', endAtOnce);
  }
}
