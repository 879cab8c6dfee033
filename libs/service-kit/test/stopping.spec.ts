import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { BlackHole } from '@orbisvoice/testing/black-hole';
import { startMetricsServer } from '../src/metrics-server.js';
import { nameClient, startNamedService, type NamedService } from './named-service.js';

const statusOf = async (url: string) => (await fetch(url)).status;
const eventually = async (url: string, status: number) => {
  while ((await statusOf(url)) !== status) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('a service that is told to stop', () => {
  const door = (service: NamedService, path: string) => `http://127.0.0.1:${service.httpPort}/${path}`;

  it('is not ready at once, but serves and lives until those who send traffic have noticed', async () => {
    const service = await startNamedService('leaving', { STOP_DELAY_MS: '3000' });
    const metrics = await startMetricsServer({ host: '127.0.0.1', port: 0, targets: [service] });
    const probe = (path: string) => `http://127.0.0.1:${metrics.port}/${path}`;
    const client = nameClient(`127.0.0.1:${service.grpcPort}`);
    expect(await statusOf(probe('readyz'))).toBe(200);
    const stopped = service.stop();
    await eventually(probe('readyz'), 503);
    expect(await statusOf(door(service, 'readyz'))).toBe(503);
    expect(await statusOf(door(service, 'livez'))).toBe(200);
    expect(await statusOf(door(service, 'name'))).toBe(200);
    expect(await client.ask()).toBe('leaving');
    await stopped;
    expect(await statusOf(probe('livez'))).toBe(200);
    await expect(fetch(door(service, 'name'))).rejects.toThrow();
    client.close();
    await metrics.close();
  }, 20_000);

  it('finishes the requests that run, on both doors', async () => {
    const service = await startNamedService('busy');
    const client = nameClient(`127.0.0.1:${service.grpcPort}`);
    const overHttp = fetch(door(service, 'slow')).then((response) => response.text());
    await service.slowStarted;
    const overGrpc = client.ask({ slowly: true });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await Promise.all([service.stop(), expect(overHttp).resolves.toBe('busy'), expect(overGrpc).resolves.toBe('busy')]);
    client.close();
  });

  it('cuts them when they take too long', async () => {
    const service = await startNamedService('hurried', { STOP_TIMEOUT_MS: '50' });
    const client = nameClient(`127.0.0.1:${service.grpcPort}`);
    const cut = Promise.allSettled([fetch(door(service, 'slow')), client.ask({ slowly: true })]);
    await service.slowStarted;
    await new Promise((resolve) => setTimeout(resolve, 100));
    await service.stop();
    expect((await cut).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    client.close();
  });
});

describe('a process that is told to stop, while one that it talks to is gone without a word', () => {
  const PROGRAM = join(import.meta.dirname, 'stopping-process.mjs');
  const STOP_TIMEOUT_MS = 200;

  async function stopped(environment: Record<string, string>, signal: NodeJS.Signals = 'SIGTERM') {
    const hole = await BlackHole.open();
    const child = spawn(process.execPath, ['--no-warnings', PROGRAM], {
      env: {
        PATH: process.env['PATH'],
        INTERNAL_AUTH_SECRET: 'a-secret-for-tests-only-0123456789',
        METRICS_HOST: '127.0.0.1',
        METRICS_PORT: '0',
        STOP_TIMEOUT_MS: String(STOP_TIMEOUT_MS),
        ACCOUNTS_ADDRESS: hole.address,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const messages: string[] = [];
    const lines = createInterface({ input: child.stdout });
    try {
      const started = new Promise<void>((resolve) =>
        lines.on('line', (line) => {
          messages.push((JSON.parse(line) as { msg: string }).msg);
          if (messages.at(-1) === 'started') resolve();
        }),
      );
      await started;
      const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
      const toldAt = performance.now();
      child.kill(signal);
      const [code, endedBy] = await exited;
      return { code, endedBy, tookMs: performance.now() - toldAt, messages };
    } finally {
      child.kill('SIGKILL');
      await hole.close();
    }
  }

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends by itself as soon as it has stopped, on %s',
    async (signal) => {
      const { code, endedBy, tookMs, messages } = await stopped({}, signal);
      expect({ code, endedBy }).toEqual({ code: 0, endedBy: null });
      expect(messages.at(-1)).toBe('stopped');
      expect(tookMs).toBeLessThan(STOP_TIMEOUT_MS + 4_000);
    },
    20_000,
  );

  it('ends within its time when its stop never comes to an end, and says what was left', async () => {
    const { code, endedBy, tookMs, messages } = await stopped({ HANGS: 'true' });
    expect({ code, endedBy }).toEqual({ code: 0, endedBy: null });
    expect(messages.at(-1)).toBe('stopping took too long, ending all the same');
    expect(tookMs).toBeLessThan(STOP_TIMEOUT_MS + 5_000);
  }, 20_000);
});
