/** `main.ts` of a service that has a process to itself. */
import { collectDefaultMetrics } from 'prom-client';
import { ConfigError, type BaseConfig, type Environment } from './config.js';
import { explainClosedDoor } from './closed-door.js';
import { endOnSignal } from './end-process.js';
import { startMetricsServer } from './metrics-server.js';
import { startService, type ServiceDefinition } from './service.js';

/**
 * Starts the service and its metrics port, and stops both on SIGTERM or SIGINT: the process ends with status 0 within the service's
 * time, whatever hangs. Told so while it starts, it ends at once. A bad environment ends it with status 78, a port that it can't open
 * with 1; both with a sentence each.
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
    const tell = (problems: string[]) =>
      process.stderr.write(`${definition.name} can't start:\n${problems.map((problem) => `  ${problem}\n`).join('')}`);
    const closedDoor = explainClosedDoor(error);
    if (closedDoor !== undefined) {
      tell([closedDoor]);
      process.exit(1); // what has started already would keep it alive
    }
    if (!(error instanceof ConfigError)) throw error;
    tell(error.problems);
    process.exitCode = 78; // EX_CONFIG
  } finally {
    process.off('SIGTERM', endAtOnce).off('SIGINT', endAtOnce);
  }
}
