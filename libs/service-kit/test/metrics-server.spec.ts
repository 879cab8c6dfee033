import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Counter, Registry } from 'prom-client';
import { Health } from '../src/health.js';
import { startMetricsServer, type MetricsServer } from '../src/metrics-server.js';
import { TracedHistogram } from '../src/telemetry/open-metrics.js';

/** What Prometheus 3 sends unless it is told otherwise. */
const PROMETHEUS_ACCEPTS =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

function registryOf(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  return registry;
}

describe('/metrics of a process with two services', () => {
  let server: MetricsServer;
  beforeAll(async () => {
    const [first, second] = [registryOf('first'), registryOf('second')];
    new Counter({ name: 'first_events_total', help: 'Events', registers: [first] }).inc(3);
    const waits = new TracedHistogram(second, {
      name: 'second_wait_seconds',
      help: 'Waits',
      labelNames: ['stage'],
      buckets: [0.5, 1],
    });
    waits.observe({ stage: 'one' }, 0.25, TRACE_ID);
    waits.observe({ stage: 'two' }, 0.75, undefined);
    const targets = [first, second].map((registry, index) => ({ name: `${index}`, registry, health: new Health() }));
    server = await startMetricsServer({ host: '127.0.0.1', port: 0, targets });
  });
  afterAll(async () => await server?.close());

  const read = async (accept: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}/metrics`, { headers: { accept } });
    return { type: response.headers.get('content-type'), lines: (await response.text()).trimEnd().split('\n') };
  };

  it('is OpenMetrics with exemplars for those who ask for it', async () => {
    const { type, lines } = await read(PROMETHEUS_ACCEPTS);
    expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(lines.map((line) => line.replace(/ \d{10}\.\d+$/, ' <time>'))).toEqual([
      '# HELP first_events Events',
      '# TYPE first_events counter',
      'first_events_total{service="first"} 3',
      '# HELP second_wait_seconds Waits',
      '# TYPE second_wait_seconds histogram',
      `second_wait_seconds_bucket{le="0.5",stage="one",service="second"} 1 # {trace_id="${TRACE_ID}"} 0.25 <time>`,
      'second_wait_seconds_bucket{le="1.0",stage="one",service="second"} 1',
      'second_wait_seconds_bucket{le="+Inf",stage="one",service="second"} 1',
      'second_wait_seconds_sum{stage="one",service="second"} 0.25',
      'second_wait_seconds_count{stage="one",service="second"} 1',
      'second_wait_seconds_bucket{le="0.5",stage="two",service="second"} 0',
      'second_wait_seconds_bucket{le="1.0",stage="two",service="second"} 1',
      'second_wait_seconds_bucket{le="+Inf",stage="two",service="second"} 1',
      'second_wait_seconds_sum{stage="two",service="second"} 0.75',
      'second_wait_seconds_count{stage="two",service="second"} 1',
      '# EOF',
    ]);
  });

  it('is plain text for everybody else, also after somebody asked for the other', async () => {
    await read(PROMETHEUS_ACCEPTS);
    const { type, lines } = await read('*/*');
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(lines.filter((line) => line !== '').slice(0, 6)).toEqual([
      '# HELP first_events_total Events',
      '# TYPE first_events_total counter',
      'first_events_total{service="first"} 3',
      '# HELP second_wait_seconds Waits',
      '# TYPE second_wait_seconds histogram',
      'second_wait_seconds_bucket{le="0.5",service="second",stage="one"} 1',
    ]);
    expect(lines.join()).not.toMatch(/trace_id|EOF/);
  });
});
