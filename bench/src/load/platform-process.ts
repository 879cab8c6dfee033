/** Everything but gateway and provider, in a process of its own. Variables: SECRETS (JSON). */
import { startTemporaryPostgres } from '@orbisvoice/embedded-postgres/temporary-postgres';
import { endOnSignal } from '@orbisvoice/service-kit/end-process';
import { createLog } from '@orbisvoice/service-kit/log';
import { startPlatform } from '@orbisvoice/standalone/platform';
import type { Secrets } from '@orbisvoice/standalone/secrets';

/** Postgres writes its last page. */
const STOP_MS = 20_000;

const postgres = await startTemporaryPostgres();
const platform = await startPlatform({
  databaseUrl: await postgres.createDatabase(),
  secrets: JSON.parse(process.env['SECRETS']!) as Secrets,
  ports: { api: 0, apiGrpc: 0, web: 0, voiceGateway: 1, simulator: 0, metrics: 0 },
  gemini: { apiKey: 'none' },
  voiceGateway: false,
  web: false,
  log: (service) => createLog({ service, level: 'error', destination: process.stderr }),
});
process.stdout.write(`ready ${JSON.stringify({ addresses: platform.addresses, apiUrl: platform.apiUrl })}\n`);
const stop = async () => {
  await platform.stop();
  await postgres.stop();
};
endOnSignal({
  stop,
  withinMs: STOP_MS,
  log: createLog({ service: 'platform', level: 'error', destination: process.stderr }),
});
