/** What one spoken turn leaves behind: its ledger, its trace across services, its exemplars. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.js';
import { SpokenCall } from '../support/spoken-call.js';
import { startTestPlatform, type TestPlatform } from '../support/test-platform.js';

const TIME_TOOL = {
  name: 'current_time',
  description: 'The current date and time.',
  parameters: { type: 'object', properties: { timezone: { type: 'string' } } },
  builtIn: { function: 'current_time' },
};
const SAID = 'What time is it?';

describe('a spoken turn with a tool call', () => {
  const receiver = new OtlpReceiver();
  let test: TestPlatform;
  let generated: string[];
  let stored: Awaited<ReturnType<TestPlatform['api']['endedConversation']>>;
  let openMetrics: Response;
  let openMetricsText: string;
  let plainText: string;
  let textAtStart: string;

  beforeAll(async () => {
    const environment = {
      PROVIDER_CHECK: 'false', // it counts sessions beside the call's own
      TRACING_ENABLED: 'true',
      TRACING_ENDPOINT: await receiver.start(),
      OTEL_BSP_SCHEDULE_DELAY: '60000', // so what comes has come by the flush of the shutdown
    };
    test = await startTestPlatform({ environment });
    textAtStart = await (await fetch(test.platform.metricsUrl)).text();
    const toolId = await test.api.createTool(TIME_TOOL);
    const agentId = await test.api.createAgent({ greeting: '', toolIds: [toolId] });
    const call = new SpokenCall(test.platform.streamUrl, () => test.api.callToken(agentId));
    const id = await call.start();
    const answer = call.nextAgentTurn(60_000, /\d/);
    await call.say(SAID);
    await answer;
    await call.end();
    stored = await test.api.endedConversation(id);
    generated = stored.turns.map((turn) => turn.generatedText);
    const accept = { accept: 'application/openmetrics-text; version=1.0.0' };
    openMetrics = await fetch(test.platform.metricsUrl, { headers: accept });
    openMetricsText = await openMetrics.text();
    plainText = await (await fetch(test.platform.metricsUrl)).text();
    expect(receiver.requests).toBe(0);
    await test.stop();
  }, 120_000);
  afterAll(async () => await receiver.stop());

  const tool = () => receiver.spans.find(({ name }) => name === 'execute_tool current_time')!;
  const inTrace = () => receiver.spans.filter(({ traceId }) => traceId === tool().traceId);
  const parentOf = (span: ReceivedSpan) => inTrace().find(({ spanId }) => spanId === span.parentSpanId);
  const chain = (span: ReceivedSpan | undefined): string[] =>
    span ? [`${span.service}: ${span.name}`, ...chain(parentOf(span))] : [];

  it('is one trace across the gateway, tools and transcripts, with the right parents', () => {
    const executed = inTrace().find((span) => span.service === 'tools' && span.name.endsWith('/ExecuteTool'));
    expect(chain(executed)).toEqual([
      'tools: orbisvoice.tools.v1.ToolsService/ExecuteTool',
      'voice-gateway: orbisvoice.tools.v1.ToolsService/ExecuteTool',
      'voice-gateway: execute_tool current_time',
      'voice-gateway: invoke_agent',
    ]);
    const appended = inTrace().find((span) => span.service === 'transcripts' && span.name.endsWith('/AppendEvents'));
    expect(chain(appended).slice(0, 3)).toEqual([
      'transcripts: orbisvoice.transcripts.v1.TranscriptsService/AppendEvents',
      'voice-gateway: orbisvoice.transcripts.v1.TranscriptsService/AppendEvents',
      'voice-gateway: invoke_agent',
    ]);
    expect(inTrace().filter(({ parentSpanId }) => parentSpanId === '')).toHaveLength(1);
    const model = inTrace().find(({ name }) => name.startsWith('generate_content'));
    expect(model?.attributes).toMatchObject({
      'gen_ai.operation.name': 'generate_content',
      'gen_ai.provider.name': 'simulator',
    });
  });

  it('is preceded by a trace of the start of the call, across accounts and agents', () => {
    const start = receiver.spans.find(({ name }) => name === 'start_call')!;
    const services = receiver.spans.filter(({ traceId }) => traceId === start.traceId).map(({ service }) => service);
    expect([...new Set(services)]).toEqual(expect.arrayContaining(['voice-gateway', 'accounts', 'agents', 'tools']));
  });

  it('leaves no word of what was said in any span', () => {
    const words = [SAID, ...generated]
      .flatMap((text) => text.trim().split(/[.!?]\s*/))
      .filter((text) => text.length > 8);
    expect(words.length).toBeGreaterThan(0);
    const told = JSON.stringify(receiver.spans);
    expect(words.filter((text) => told.includes(text))).toEqual([]);
    expect(
      receiver.spans.flatMap(({ attributes }) => Object.keys(attributes)).filter((key) => key.includes('.pii.')),
    ).toEqual([]);
  });

  it('keeps its ledger, from the end of speech to the first sample played', () => {
    const timings = stored.turns.flatMap((turn) =>
      turn.timings?.providerFirstAudioMs == null ? [] : [turn.timings],
    )[0]!;
    expect(timings).toMatchObject({
      uplinkMs: expect.any(Number),
      gatewayInUs: expect.any(Number),
      gatewayOutUs: expect.any(Number),
      firstPlayedMs: expect.any(Number),
    });
    expect(Date.parse(timings.speechEndedAt!)).toBeGreaterThan(Date.parse(stored.startedAt));
  });

  it('has its REST requests traced too, into the services behind', () => {
    const created = receiver.spans.find((span) => span.service === 'tools' && span.name.endsWith('/CreateTool'))!;
    const trace = receiver.spans.filter(({ traceId }) => traceId === created.traceId);
    const nameOf = ({ service, name }: ReceivedSpan) => `${service}: ${name}`;
    const parents = new Map(trace.map((span) => [span.spanId, span]));
    const path = [created, parents.get(created.parentSpanId)!];
    path.push(parents.get(path[1]!.parentSpanId)!);
    expect(path.map(nameOf)).toEqual([
      'tools: orbisvoice.tools.v1.ToolsService/CreateTool',
      'api: orbisvoice.tools.v1.ToolsService/CreateTool',
      'api: POST /v1/tools',
    ]);
    expect(path[2]!.parentSpanId).toBe('');
  });

  it('finds every counter there since the start, at 0 with each of its label values', () => {
    const { series, counters } = countersIn(textAtStart);
    const names = new Set([...series.keys()].map((line) => line.split('{')[0]));
    expect(counters.filter((name) => !names.has(name))).toEqual([]);
    // What the tests themselves have done so far: two organizations with a key each.
    expect([...series].filter(([, value]) => value !== 0)).toEqual([
      ['orbisvoice_accounts_organizations_created_total{service="accounts"}', 2],
      ['orbisvoice_accounts_credentials_issued_total{credential="api_key",service="accounts"}', 2],
    ]);
    const samples = plainText.split('\n').filter((line) => line.startsWith('orbisvoice_'));
    expect(samples.filter((line) => !line.includes('service="'))).toEqual([]);
    expect([...countersIn(plainText).series.keys()].filter((line) => !series.has(line))).toEqual([]);
  });

  it('adds to no metric that docs/metrics.md does not explain', () => {
    expect(documentedMetrics()).toEqual(exposedMetrics(plainText));
  });

  it('is the exemplar of its latencies for readers of OpenMetrics, and nothing new for others', () => {
    expect(openMetrics.headers.get('content-type')).toMatch(/^application\/openmetrics-text/);
    expect(openMetricsText.endsWith('# EOF\n')).toBe(true);
    const exemplars = openMetricsText
      .split('\n')
      .filter((line) => line.startsWith('orbisvoice_gateway_turn_latency_seconds_bucket') && line.includes(' # '));
    expect(exemplars.some((line) => line.includes(`trace_id="${tool().traceId}"`))).toBe(true);
    const request = receiver.spans.find(({ service, name }) => service === 'api' && name === 'POST /v1/call-tokens')!;
    const [ofRequest] = openMetricsText
      .split('\n')
      .filter((line) => line.includes(`# {trace_id="${request.traceId}"}`));
    expect(ofRequest).toMatch(/^orbisvoice_api_request_duration_seconds_bucket\{.*route="\/v1\/call-tokens"/);
    expect(plainText).not.toContain('trace_id');
    expect(plainText).toContain('orbisvoice_gateway_turns_total{');
    expect(openMetricsText).toContain('# TYPE orbisvoice_gateway_turns counter');
  });
});

/** What every service has is explained once. */
const SERVICES =
  /^orbisvoice_(accounts|agents|api|gateway|simulator|tools|transcripts|web)_(build_info|dependency_refused|dependency_up|grpc_.*|db_.*)$/;

/** Our counters: names, and series with their values. */
function countersIn(text: string) {
  const counters = [...text.matchAll(/^# TYPE (orbisvoice_\S+) counter$/gm)].map(([, name = '']) => name);
  const samples = [...text.matchAll(/^((orbisvoice_\w+)\S*) (\S+)$/gm)].filter(([, , name]) =>
    counters.includes(name!),
  );
  return { counters, series: new Map(samples.map(([, line = '', , value]) => [line, Number(value)])) };
}

/** "name{labels}, type: meaning", sorted. Metrics of Node itself are prom-client's to explain. */
function exposedMetrics(text: string): string[] {
  const labels = new Map<string, Set<string>>();
  const names = [...text.matchAll(/^# HELP (orbisvoice_\S+) (.*)$/gm)].map(([, name = '', help = '']) => {
    const type = new RegExp(`^# TYPE ${name} (\\w+)$`, 'm').exec(text)?.[1];
    const commonName = name.replace(SERVICES, 'orbisvoice_<service>_$2');
    for (const label of labelsOf(name, text)) labels.set(commonName, (labels.get(commonName) ?? new Set()).add(label));
    return { commonName, rest: `${type}: ${help}` };
  });
  const lines = names.map(
    ({ commonName, rest }) => `${commonName}{${[...(labels.get(commonName) ?? [])].toSorted().join(', ')}}, ${rest}`,
  );
  return [...new Set(lines)].toSorted();
}

/** Without those that every metric has. */
function labelsOf(name: string, text: string): string[] {
  const samples = [...text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{(.*)\\} `, 'gm'))];
  const labels = samples.flatMap(([, pairs = '']) => [...pairs.matchAll(/(\w+)="/g)].map(([, label = '']) => label));
  return [...new Set(labels)].filter((label) => label !== 'service' && label !== 'le');
}

function documentedMetrics(): string[] {
  const page = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(orbisvoice_[^`]+)` +\| (\w+) +\| ([^|]*) \| (.*?) +\|$/gm)];
  return rows.map(([, name, type, labels = '', help]) => `${name}{${labels.trim()}}, ${type}: ${help}`).toSorted();
}
