/** The OpenTelemetry SDK, loaded only where traces are on: batches to an OTLP/HTTP receiver, W3C trace context. */
import { setTimeout as sleep } from 'node:timers/promises';
import { context, propagation, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { ExportResultCode, W3CTraceContextPropagator, type ExportResult } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { TracingConfig } from './tracing.js';

/** A batch that the receiver does not take within this time is dropped. */
const EXPORT_TIMEOUT_MS = 5_000;
const SHUTDOWN_TIMEOUT_MS = 2_000;
/** The same where the receiver is known to be away: services that share a process stop one after the other. */
const HOPELESS_SHUTDOWN_TIMEOUT_MS = 100;
const MAX_EXPORTS_AT_ONCE = 2;

export function startSdk(
  config: TracingConfig,
  service: { name: string; log: Logger },
): { tracer: Tracer; shutdown(): Promise<void> } {
  // Both belong to the process; where services share one, the first to come sets them.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const endpoint = config.endpoint?.replace(/\/+$/, '');
  const otlp = new OTLPTraceExporter({
    ...(endpoint === undefined ? {} : { url: `${endpoint}/v1/traces` }),
    timeoutMillis: EXPORT_TIMEOUT_MS,
    concurrencyLimit: MAX_EXPORTS_AT_ONCE,
  });
  const receiver = receiverAt(endpoint);
  const provider = new TracerProvider({
    sampler: samplerOf(config),
    resource: resourceFromAttributes({ 'service.name': service.name, 'service.namespace': 'orbisvoice' }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new ForgivingExporter(otlp, receiver, service.log),
        scheduledDelayMillis: config.exportDelayMs,
        maxQueueSize: config.maxQueuedSpans,
        exportTimeoutMillis: 2 * EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  const shutdown = async () => {
    const timeoutMs = receiver.away ? HOPELESS_SHUTDOWN_TIMEOUT_MS : SHUTDOWN_TIMEOUT_MS;
    await within(provider.shutdown(), timeoutMs, () => (receiver.away = true));
  };
  return { tracer: provider.getTracer('orbisvoice'), shutdown };
}

function samplerOf({ sampler, samplerRatio }: TracingConfig): Sampler {
  const root = sampler.endsWith('always_off')
    ? new AlwaysOffSampler()
    : sampler.endsWith('traceidratio')
      ? new TraceIdRatioBasedSampler(samplerRatio)
      : new AlwaysOnSampler();
  return sampler.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

async function within(work: Promise<void>, timeoutMs: number, onTimeout: () => void): Promise<void> {
  const timer = new AbortController();
  const timeout = sleep(timeoutMs, undefined, { signal: timer.signal }).then(onTimeout, () => undefined);
  await Promise.race([work.catch(() => undefined), timeout]);
  timer.abort();
}

/** What the services of this process know of the one receiver that they have in common. */
interface Receiver {
  away: boolean;
}

const receivers = new Map<string, Receiver>();

function receiverAt(endpoint = ''): Receiver {
  const known = receivers.get(endpoint) ?? { away: false };
  receivers.set(endpoint, known);
  return known;
}

/** A receiver that is away costs spans and nothing else, and is logged once until it is back. */
class ForgivingExporter implements SpanExporter {
  constructor(
    private readonly exporter: SpanExporter,
    private readonly receiver: Receiver,
    private readonly log: Logger,
  ) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.exporter.export(spans, ({ code, error }) => {
      if (code === ExportResultCode.FAILED && !this.receiver.away)
        this.log.warn({ err: error }, 'traces can not be exported; they are dropped until that works again');
      if (code === ExportResultCode.SUCCESS && this.receiver.away) this.log.info('traces are exported again');
      this.receiver.away = code === ExportResultCode.FAILED;
      done({ code: ExportResultCode.SUCCESS });
    });
  }

  async shutdown(): Promise<void> {
    await this.exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }
}
