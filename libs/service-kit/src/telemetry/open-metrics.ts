/**
 * The metrics as OpenMetrics, which carries exemplars. Not by prom-client: once it has written a counter so, the counter has lost its
 * `_total` for everybody who reads the plain format afterwards (prom-client 15.1.3, `standardizeCounterName`).
 */
import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client';

export const OPEN_METRICS_CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** True when the reader says that it understands it. */
export function acceptsOpenMetrics(accept: string | undefined): boolean {
  return accept?.includes('application/openmetrics-text') ?? false;
}

type Sample = MetricValue<string> & {
  metricName?: string;
  exemplar?: { labelSet: Record<string, string>; value: number; timestamp: number } | null;
};

export async function toOpenMetrics(registry: Registry): Promise<string> {
  const metrics = (await registry.getMetricsAsJSON()) as MetricObjectWithValues<Sample>[];
  return `${metrics.map(familyLines).join('')}# EOF\n`;
}

function familyLines(metric: MetricObjectWithValues<Sample>): string {
  const isCounter = String(metric.type) === 'counter';
  const family = isCounter ? metric.name.replace(/_total$/, '') : metric.name;
  const samples = metric.values.map((sample) => {
    const name = isCounter ? `${family}_total` : (sample.metricName ?? metric.name);
    return `${name}${labels(sample.labels)} ${number(sample.value)}${exemplar(sample.exemplar)}\n`;
  });
  return `# HELP ${family} ${escape(metric.help)}\n# TYPE ${family} ${metric.type}\n${samples.join('')}`;
}

function labels(values: Partial<Record<string, string | number>>): string {
  const pairs = Object.entries(values).map(([name, value]) => `${name}="${escape(labelValue(name, value!))}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** Bounds are floats here: 1.0, not 1. */
function labelValue(name: string, value: string | number): string {
  const isBound = (name === 'le' || name === 'quantile') && Number.isInteger(Number(value));
  return isBound ? `${value}.0` : String(value);
}

function exemplar(found: Sample['exemplar']): string {
  return found ? ` # ${labels(found.labelSet) || '{}'} ${number(found.value)} ${found.timestamp}` : '';
}

function number(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
