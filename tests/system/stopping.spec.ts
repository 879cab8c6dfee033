/** Every service as it is deployed, told to stop when all that it talks to has gone first: as when a whole namespace is restarted. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BlackHole } from '@orbisvoice/testing/black-hole';

const SERVICES = ['api', 'voice-gateway', 'accounts', 'agents', 'tools', 'transcripts', 'web', 'simulator'];
const SECRET = 'a-secret-for-tests-only-0123456789';
/** They try to reach their peers meanwhile. */
const LIVES_MS = 500;
/** STOP_TIMEOUT_MS and DRAIN_TIMEOUT_MS below, and what closing may take. */
const STOP_LIMIT_MS = 8_500;

describe('a service whose peers, Postgres, Redis and NATS are gone without a word', () => {
  let hole: BlackHole;
  beforeAll(async () => {
    hole = await BlackHole.open();
  });
  afterAll(async () => await hole.close());

  const environment = () => ({
    PATH: process.env['PATH'],
    INTERNAL_AUTH_SECRET: SECRET,
    API_KEY_JWT_SECRET: SECRET,
    TOOLS_ENCRYPTION_KEY: SECRET,
    GEMINI_API_KEY: SECRET,
    HOST: '127.0.0.1',
    PORT: '0',
    GRPC_HOST: '127.0.0.1',
    GRPC_PORT: '0',
    METRICS_HOST: '127.0.0.1',
    METRICS_PORT: '0',
    STOP_TIMEOUT_MS: '500',
    DRAIN_TIMEOUT_MS: '500',
    ...Object.fromEntries(
      ['ACCOUNTS', 'AGENTS', 'TOOLS', 'TRANSCRIPTS'].map((name) => [`${name}_ADDRESS`, hole.address]),
    ),
    DATABASE_URL: `postgres://user:password@${hole.address}/orbisvoice`,
    REDIS_URL: `redis://${hole.address}`,
    NATS_URL: `nats://${hole.address}`,
  });

  it.each(SERVICES)(
    '%s ends with status 0 in time',
    async (name) => {
      const main = join(import.meta.dirname, `../../services/${name}/dist/main.js`);
      const child = spawn(process.execPath, ['--no-warnings', main], {
        env: environment(),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
      try {
        await new Promise<void>((resolve) =>
          createInterface({ input: child.stdout }).on('line', (line) => {
            const { msg, httpPort } = JSON.parse(line) as { msg: string; httpPort?: number };
            if (msg !== 'started') return;
            // Asked how its peers are, it opens a connection to each.
            if (httpPort) void fetch(`http://127.0.0.1:${httpPort}/health`).catch(() => undefined);
            resolve();
          }),
        );
        await sleep(LIVES_MS);
        const toldAt = performance.now();
        child.kill('SIGTERM');
        expect(await exited).toEqual([0, null]);
        expect(performance.now() - toldAt).toBeLessThan(STOP_LIMIT_MS);
      } finally {
        child.kill('SIGKILL');
      }
    },
    60_000,
  );
});
