/**
 * Traces, by hand and through the OpenTelemetry API alone: while they are off, every span is the API's empty one and the SDK is not even
 * loaded. A process may hold several services, so each has a tracer of its own and none is global.
 *
 * What people said or tools were given is personal data: it goes only into attributes under `orbisvoice.pii.`, where a collector can
 * drop it, and only with `TRACING_PII`.
 */
import {
  ProxyTracerProvider,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type { Logger } from 'pino';

export interface TracingConfig {
  enabled: boolean;
  /** Base URL of an OTLP/HTTP receiver; /v1/traces is added. Undefined: the exporter's default. */
  endpoint: string | undefined;
  sampler:
    | 'always_on'
    | 'always_off'
    | 'traceidratio'
    | 'parentbased_always_on'
    | 'parentbased_always_off'
    | 'parentbased_traceidratio';
  /** Share of the traces to keep, for the ratio samplers. */
  samplerRatio: number;
  exportDelayMs: number;
  maxQueuedSpans: number;
  includePii: boolean;
}

export class Tracing {
  constructor(
    readonly tracer: Tracer,
    /** False: spans cost nothing and say nothing. */
    readonly enabled: boolean,
    private readonly includePii: boolean,
    private readonly stop: () => Promise<void>,
  ) {}

  static off(): Tracing {
    return new Tracing(new ProxyTracerProvider().getTracer('orbisvoice'), false, false, async () => undefined);
  }

  /** Personal data as attributes, keys without their prefix; none unless it was asked for. Strings are cut. */
  pii(attributes: Record<string, string>): Attributes {
    if (!this.enabled || !this.includePii) return {};
    const entries = Object.entries(attributes).map(([key, value]) => [
      `orbisvoice.pii.${key}`,
      value.slice(0, MAX_PII_CHARACTERS),
    ]);
    return Object.fromEntries(entries) as Attributes;
  }

  /** Sends what is left, for at most some seconds. */
  async shutdown(): Promise<void> {
    await this.stop();
  }
}

const MAX_PII_CHARACTERS = 10_000;

export async function startTracing(config: TracingConfig, service: { name: string; log: Logger }): Promise<Tracing> {
  if (!config.enabled) return Tracing.off();
  const { startSdk } = await import('./otel-sdk.js');
  const { tracer, shutdown } = startSdk(config, service);
  return new Tracing(tracer, true, config.includePii, shutdown);
}

/** Marks a span as failed. `kind` is one of few, such as a domain error's. */
export function failSpan(span: Span, kind: string): void {
  span.setAttribute('error.type', kind);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** The trace's id, for those who can look it up: undefined where there is no span or it is not recorded. Default: the active span's. */
export function recordedTraceId(span: Span | undefined = trace.getActiveSpan()): string | undefined {
  const found = span?.spanContext();
  return found && (found.traceFlags & TraceFlags.SAMPLED) !== 0 ? found.traceId : undefined;
}
