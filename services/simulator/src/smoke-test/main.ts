/** `node dist/smoke-test/main.js`: what `helm test` runs, and whoever wants to know whether a platform works. Status 0 when it does. */
import { ConfigError } from '@orbisvoice/service-kit/config';
import { tlsProblems } from '@orbisvoice/service-kit/grpc-tls';
import { smokeTestConfig } from './smoke-test-config.js';
import { createShortLivedKey } from './short-lived-key.js';
import { runSmokeTest } from './smoke-test.js';

// As process 1 of a container it would not be ended by a signal that nobody handles. The key that it made ends by itself.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(143));

const log = (line: string) => console.log(line);
try {
  const config = smokeTestConfig.load(process.env);
  const tls = await tlsProblems(config.grpcTls);
  if (tls.length > 0) throw new ConfigError(tls);
  const key = await createShortLivedKey(config);
  try {
    await runSmokeTest({ ...config, apiKey: key.secret, log });
  } finally {
    await key.revoke();
  }
  log('The platform works: a spoken call, a tool call, and its transcript.');
} catch (error) {
  const problems = error instanceof ConfigError ? error.problems : [(error as Error).message];
  console.error(`FAILED: ${problems.join('\n  ')}`);
  process.exitCode = 1;
}
