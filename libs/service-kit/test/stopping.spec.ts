import { describe, expect, it } from '@jest/globals';
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
