import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { OtlpReceiver, type ReceivedSpan } from '../../../tests/support/otlp-receiver.js';
import { until } from '../../tools/test/endpoint.js';
import { acceptCredentials, freshKey, ORGANIZATION_ID, startApi, type ApiUnderTest } from './api-under-test.js';

const AGENT_ID = '5e0b1a5e-7b1f-4d58-9b1c-0a4f6f0d9a11';
const CALLER_SPAN_ID = '00f067aa0ba902b7';

const receiver = new OtlpReceiver();
let api: ApiUnderTest;

beforeAll(async () => {
  const TRACING_ENDPOINT = await receiver.start();
  api = await startApi({ TRACING_ENABLED: 'true', TRACING_ENDPOINT, OTEL_BSP_SCHEDULE_DELAY: '10' });
  acceptCredentials(api.fakes);
}, 60_000);
afterAll(async () => {
  await api?.stop();
  await receiver.stop();
});

const isRequest = ({ attributes }: ReceivedSpan) => attributes['http.request.method'] !== undefined;

/** What comes of one request whose caller traces, as headers say: its own span, and those of its RPCs. */
async function traced(ask: (headers: { traceparent: string }) => Promise<unknown>) {
  const traceId = randomBytes(16).toString('hex');
  const ofTrace = () => receiver.spans.filter((span) => span.traceId === traceId);
  await ask({ traceparent: `00-${traceId}-${CALLER_SPAN_ID}-01` });
  await until(() => ofTrace().some(isRequest));
  return { traceId, server: ofTrace().find(isRequest)!, rpcs: ofTrace().filter((span) => !isRequest(span)) };
}

describe('a request, with tracing on', () => {
  it('is a span named by its route, the parent of its RPCs, and part of the trace of its caller', async () => {
    api.fakes.on('agents', { listAgents: () => ({ agents: [], nextPageToken: '' }) });
    const { server, rpcs } = await traced(async (traceparent) => {
      const headers = { ...traceparent, 'x-api-key': freshKey() };
      expect((await api.ask('GET', '/v1/agents?limit=3', { headers })).status).toBe(200);
    });
    expect(server).toMatchObject({ name: 'GET /v1/agents', parentSpanId: CALLER_SPAN_ID, failed: false });
    expect(server.attributes).toEqual({
      'http.request.method': 'GET',
      'http.route': '/v1/agents',
      'http.response.status_code': '200',
      'orbisvoice.organization.id': ORGANIZATION_ID,
      'orbisvoice.request.id': expect.any(String),
    });
    expect(rpcs.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([
      ['orbisvoice.accounts.v1.AccountsService/AuthenticateApiKey', server.spanId],
      ['orbisvoice.agents.v1.AgentsService/ListAgents', server.spanId],
    ]);
  });

  it('begins a trace where its caller has none', async () => {
    const before = receiver.spans.length;
    await api.ask('GET', '/v1/agents');
    await until(() => receiver.spans.slice(before).some(isRequest));
    expect(receiver.spans.slice(before).find(isRequest)).toMatchObject({ name: 'GET /v1/agents', parentSpanId: '' });
  });

  it('keeps its trace while a body is read, and tells nothing of that', async () => {
    api.fakes.on('agents', { createAgent: () => fail('unavailable') });
    const body = JSON.stringify({ name: 'Reception of Ada Lovelace', config: { prompt: 'Be brief.' } });
    const { server, rpcs } = await traced(async (traceparent) => {
      const type = { 'content-type': 'application/json', 'content-length': body.length };
      const headers = { 'x-api-key': 'ov_live_good', ...type, ...traceparent };
      const request = httpRequest(`${api.url}/v1/agents`, { method: 'POST', headers, agent: false });
      request.write(body.slice(0, 20));
      await sleep(50); // so that the rest comes in a packet of its own, when the request has long begun
      request.end(body.slice(20));
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      expect(response.resume().statusCode).toBe(503);
    });
    expect(rpcs.find(({ name }) => name.endsWith('/CreateAgent'))?.parentSpanId).toBe(server.spanId);
    expect(JSON.stringify(receiver.spans)).not.toMatch(/Lovelace|Be brief|ov_live_/);
  });

  it.each<[kind: string, status: string, failed: boolean, path: string, answer: () => never]>([
    ['invalid_argument', '400', false, '/v1/agents/not-an-id', never],
    ['not_found', '404', false, `/v1/agents/${AGENT_ID}`, () => fail('not_found')],
    ['not_found', '404', false, '/somewhere/else', never],
    ['unavailable', '503', true, `/v1/agents/${AGENT_ID}`, () => fail('unavailable')],
    ['internal', '500', true, `/v1/agents/${AGENT_ID}`, () => fail('internal')],
  ])('that ends as %s %s says so, and failed: %s', async (kind, status, failed, path, answer) => {
    api.fakes.on('agents', { getAgent: answer });
    const { server } = await traced(async (headers) => {
      expect(String((await api.ask('GET', path, { headers })).status)).toBe(status);
    });
    expect(server.name).toBe(path.startsWith('/v1') ? 'GET /v1/agents/:id' : 'GET unmatched');
    expect(server.attributes).toMatchObject({ 'error.type': kind, 'http.response.status_code': status });
    expect(server.failed).toBe(failed);
    expect(JSON.stringify(server)).not.toContain(path);
  });

  it('that its caller gives up ends as cancelled', async () => {
    let asked = false;
    let answer = (): void => undefined;
    api.fakes.on('agents', {
      listAgents: async () => {
        asked = true;
        await new Promise<void>((resolve) => (answer = resolve));
        return { agents: [], nextPageToken: '' };
      },
    });
    const { server } = await traced(async (headers) => {
      const options = { headers: { 'x-api-key': 'ov_live_good', ...headers }, agent: false };
      const request = httpRequest(`${api.url}/v1/agents`, options);
      request.on('error', () => undefined).end();
      await until(() => asked);
      request.destroy();
    });
    answer();
    expect(server.attributes['error.type']).toBe('cancelled');
  });

  it('is no span when it is a probe', async () => {
    for (const path of ['/livez', '/readyz', '/health']) await fetch(`${api.url}${path}`);
    await traced((headers) => api.ask('GET', '/v1/agents/not-an-id', { headers }));
    const routes = receiver.spans.filter(isRequest).map(({ attributes }) => attributes['http.route']);
    expect(routes.filter((route) => /livez|readyz|health/.test(route!))).toEqual([]);
  });

  it('is the exemplar of its duration', async () => {
    const { traceId } = await traced((headers) => api.ask('GET', '/v1/agents/not-an-id', { headers }));
    const metrics = await api.service.registry.getMetricsAsJSON();
    const durations = metrics.find(({ name }) => name === 'orbisvoice_api_request_duration_seconds');
    expect(JSON.stringify(durations)).toContain(`{"trace_id":"${traceId}"}`);
  });
});

function never(): never {
  throw new Error('This is not to be asked.');
}

function fail(kind: 'not_found' | 'unavailable' | 'internal'): never {
  throw new DomainError(kind, 'As the test wants it.');
}
