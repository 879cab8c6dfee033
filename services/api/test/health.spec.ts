import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { acceptCredentials, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
}, 60_000);
afterAll(async () => await api?.stop());

describe('health (S0-22)', () => {
  it('names every service behind the edge', async () => {
    const { status, body } = await api.ask('GET', '/health', { as: 'nobody' });
    expect([status, body.status]).toEqual([200, 'ok']);
    expect(Object.keys(body.checks).toSorted()).toEqual(['accounts', 'agents', 'tools', 'transcripts']);
  });

  it('is degraded, not down, while one of them is away', async () => {
    api.fakes.health.setStatus('', 'NOT_SERVING');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const { status, body } = await api.ask('GET', '/health', { as: 'nobody' });
    expect([status, body.status]).toEqual([200, 'degraded']);
    expect(body.checks.agents).toEqual({ status: 'failed', detail: 'the agents service answers NOT_SERVING' });
    expect((await fetch(`${api.url}/readyz`)).status).toBe(200);
    api.fakes.health.setStatus('', 'SERVING');
  });

  it('is alive', async () => {
    expect(await (await fetch(`${api.url}/livez`)).text()).toBe('ok\n');
  });
});

describe('metrics', () => {
  it('time each route by its pattern, with the status, and no probe (S0-150, S0-151)', async () => {
    acceptCredentials(api.fakes);
    api.fakes.on('agents', { listAgents: () => ({ agents: [], nextPageToken: '' }) });
    await api.ask('GET', '/v1/agents?limit=3');
    await api.ask('GET', '/v1/agents/not-an-id');
    await api.ask('GET', `/somewhere/${Math.random()}`);
    const metric = await api.service.registry.getSingleMetric('orbisvoice_api_request_duration_seconds')?.get();
    const seen = metric?.values.map(({ labels }) => `${labels['method']} ${labels['route']} ${labels['status']}`) ?? [];
    expect(seen).toEqual(expect.arrayContaining(['GET /v1/agents 200', 'GET /v1/agents/:id 400', 'GET unmatched 404']));
    expect(seen.filter((line) => /health|readyz|livez/.test(line))).toEqual([]);
  });
});
