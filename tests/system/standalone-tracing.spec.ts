/** `npm start` with tracing: its variables reach every service, and a receiver that is away keeps nothing from stopping. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.js';
import { StandaloneProcess } from '../support/standalone-process.js';

// Each case starts real processes, on a machine that may be busy.
jest.setTimeout(120_000);

let folder: string;
let started: StandaloneProcess | undefined;
let receiver: OtlpReceiver;

beforeEach(async () => {
  receiver = new OtlpReceiver();
  folder = await mkdtemp(join(tmpdir(), 'orbisvoice-tracing-'));
});
afterEach(async () => {
  await started?.kill();
  await receiver.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 200 });
});

async function start(environment: Record<string, string>): Promise<StandaloneProcess> {
  started = new StandaloneProcess({ dataDir: join(folder, 'data'), environment });
  return await started.ready();
}

async function listAgents(running: StandaloneProcess): Promise<void> {
  const api = await running.signIn();
  await api.request('GET', '/v1/agents');
}

it('sends the spans of every service to one receiver, those of a request as one trace', async () => {
  const running = await start({
    TRACING_ENABLED: 'true',
    OTEL_EXPORTER_OTLP_ENDPOINT: await receiver.start(),
    OTEL_BSP_SCHEDULE_DELAY: '100',
  });
  await listAgents(running);
  expect((await running.stop()).code).toBe(0);
  const parentOf = (span: ReceivedSpan) => receiver.spans.find(({ spanId }) => spanId === span.parentSpanId);
  const chain = (span: ReceivedSpan | undefined): string[] =>
    span ? [`${span.service}: ${span.name}`, ...chain(parentOf(span))] : [];
  const listed = receiver.spans.filter(({ service, name }) => service === 'agents' && name.endsWith('/ListAgents'));
  expect(listed.map(chain)).toContainEqual([
    'agents: orbisvoice.agents.v1.AgentsService/ListAgents',
    'api: orbisvoice.agents.v1.AgentsService/ListAgents',
    'api: GET /v1/agents',
  ]);
});

it('stops in time while the receiver is away', async () => {
  const running = await start({ TRACING_ENABLED: 'true', TRACING_ENDPOINT: `http://127.0.0.1:${await unusedPort()}` });
  await listAgents(running);
  const { code } = await running.stop();
  expect({ code, output: running.output }).toEqual({
    code: 0,
    output: expect.stringMatching(/ {2}Stopping \.\.\. \d\.\d s\n$/),
  });
});

it('names a variable of tracing that is wrong', async () => {
  started = new StandaloneProcess({
    dataDir: join(folder, 'data'),
    environment: { TRACING_ENDPOINT: 'collector:4318', OTEL_TRACES_SAMPLER_ARG: '7' },
  });
  expect((await started.exited()).code).toBe(1);
  expect(started.output).toContain('TRACING_ENDPOINT: must be a URL that starts with http:// or https://.');
  expect(started.output).toContain('OTEL_TRACES_SAMPLER_ARG: ');
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
