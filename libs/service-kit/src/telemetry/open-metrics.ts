/**
 * The formats in which metrics are read. OpenMetrics, which carries exemplars, is not written by prom-client: once it has written a counter so, the counter has lost its
 * `_total` for everybody who reads the plain format afterwards (prom-client 15.1.3, `standardizeCounterName`).
 */
import {
  Histogram,
  Registry,
  type HistogramConfiguration,
  type LabelValues,
  type MetricObjectWithValues,
  type MetricValue,
} from 'prom-client';

export interface MetricsFormat {
  contentType: string;
  /** Each registry with its own default labels, which merging them would lose. No two may have a metric of the same name. */
  write(registries: Registry[]): Promise<string>;
}

export const PLAIN_TEXT: MetricsFormat = {
  contentType: Registry.PROMETHEUS_CONTENT_TYPE,
  write: async (registries) => (await Promise.all(registries.map((registry) => registry.metrics()))).join('\n'),
};

export const OPEN_METRICS: MetricsFormat = {
  contentType: Registry.OPENMETRICS_CONTENT_TYPE,
  write: async (registries) => `${(await Promise.all(registries.map(families))).join('')}# EOF\n`,
};

/** True when the reader says that it understands it. */
export function acceptsOpenMetrics(accept: string | undefined): boolean {
  return accept?.includes('application/openmetrics-text') ?? false;
}

/** A histogram whose samples may carry the trace they come from, for readers of OpenMetrics. */
export class TracedHistogram<Label extends string = never> {
  private readonly histogram: Histogram<Label>;

  constructor(registry: Registry, configuration: Omit<HistogramConfiguration<Label>, 'registers' | 'enableExemplars'>) {
    // Exemplars are refused by a registry that may also be read without them (prom-client 15.1.3, `metric.js`), unless it does not ask.
    this.histogram = new Histogram<Label>({ ...configuration, registers: [], enableExemplars: true });
    registry.registerMetric(this.histogram);
  }

  zero(series: LabelValues<Label>): void {
    this.histogram.zero(series);
  }

  observe(series: LabelValues<Label>, value: number, traceId: string | undefined): void {
    const exemplarLabels = (traceId === undefined ? {} : { trace_id: traceId }) as LabelValues<Label>;
    this.histogram.observe({ labels: series, value, exemplarLabels });
  }
}

type Sample = MetricValue<string> & {
  metricName?: string;
  exemplar?: { labelSet: Record<string, string>; value: number; timestamp: number } | null;
};

async function families(registry: Registry): Promise<string> {
  const metrics = (await registry.getMetricsAsJSON()) as MetricObjectWithValues<Sample>[];
  return metrics.map(familyLines).join('');
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
