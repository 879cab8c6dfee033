/** `main.ts` of a service that has a process to itself. */
import { collectDefaultMetrics } from 'prom-client';
import { ConfigError, type BaseConfig, type Environment } from './config.js';
import { startMetricsServer } from './metrics-server.js';
import { startService, type ServiceDefinition } from './service.js';

/** Starts the service and its metrics port, and stops both on SIGTERM or SIGINT. A bad environment ends it with status 78. */
export async function runService<Config extends BaseConfig>(
  definition: ServiceDefinition<Config>,
  environment: Environment,
): Promise<void> {
  try {
    const service = await startService(definition, { environment });
    collectDefaultMetrics({ register: service.registry });
    const { metrics } = definition.config.load(environment);
    const metricsServer = await startMetricsServer({ ...metrics, targets: [service] });
    const stop = () => {
      void service.stop().then(() => metricsServer.close());
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(
      `${definition.name} can't start:\n${error.problems.map((problem) => `  ${problem}\n`).join('')}`,
    );
    process.exitCode = 78; // EX_CONFIG
  }
}
