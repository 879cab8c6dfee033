/** Rate, errors and duration of RPCs on both sides, and a span for each, its parent handed over as W3C trace context in the metadata. */
import {
  InterceptingCall,
  Metadata,
  ServerInterceptingCall,
  ServerListenerBuilder,
  status as Status,
  type Interceptor,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type TextMapGetter,
  type TextMapSetter,
} from '@opentelemetry/api';
import { Histogram, type Registry } from 'prom-client';
import { failSpan, type Tracing } from './tracing.js';

const BUCKETS_S = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** What says that the callee is at fault, rather than the caller. */
const SERVER_FAULTS = new Set([
  Status.UNKNOWN,
  Status.DEADLINE_EXCEEDED,
  Status.INTERNAL,
  Status.UNAVAILABLE,
  Status.DATA_LOSS,
  Status.UNIMPLEMENTED,
]);

const toMetadata: TextMapSetter<Metadata> = { set: (metadata, key, value) => metadata.set(key, value) };
const fromMetadata: TextMapGetter<Metadata> = {
  get: (metadata, key) => metadata.get(key)[0]?.toString(),
  keys: (metadata) => Object.keys(metadata.getMap()),
};

export class RpcTelemetry {
  private readonly client: Histogram<'method' | 'code'>;
  private readonly server: Histogram<'method' | 'code'>;

  /** `prefix` of metrics, such as "orbisvoice_agents". */
  constructor(
    registry: Registry,
    prefix: string,
    private readonly tracing: Tracing,
  ) {
    const histogram = (side: string, help: string) =>
      new Histogram({
        name: `${prefix}_grpc_${side}_duration_seconds`,
        help,
        labelNames: ['method', 'code'],
        buckets: BUCKETS_S,
        registers: [registry],
      });
    this.client = histogram('client', 'RPCs that this service made, by method and status');
    this.server = histogram('server', 'RPCs that this service answered, by method and status');
  }

  /** Gives each method a series, so that a rate of it is 0 and not absent before the first RPC. `paths` as in "/pkg.Service/Method". */
  announce(side: 'client' | 'server', paths: string[]): void {
    for (const path of paths) this[side].zero({ method: methodOf(path), code: 'OK' });
  }

  readonly clientInterceptor: Interceptor = (options, nextCall) => {
    const path = options.method_definition.path;
    const startedAt = performance.now();
    const span = this.tracing.tracer.startSpan(path.slice(1), {
      kind: SpanKind.CLIENT,
      attributes: rpcAttributes(path),
    });
    const current = trace.setSpan(context.active(), span);
    return new InterceptingCall(nextCall(options), {
      start: (metadata, listener, next) => {
        propagation.inject(current, metadata, toMetadata);
        next(metadata, {
          onReceiveStatus: (result, nextStatus) => {
            this.observe(this.client, path, result.code, startedAt);
            span.setAttribute('rpc.response.status_code', Status[result.code]);
            if (result.code !== Status.OK) failSpan(span, Status[result.code]);
            span.end();
            nextStatus(result);
          },
        });
      },
    });
  };

  readonly serverInterceptor: ServerInterceptor = (method, call) => {
    const { path } = method;
    const startedAt = performance.now();
    let current = ROOT_CONTEXT;
    let finished = false;
    /** A cancelled RPC may be given a status after that. */
    const finish = (code: Status) => {
      if (finished) return;
      finished = true;
      this.observe(this.server, path, code, startedAt);
      const span = trace.getSpan(current);
      span?.setAttribute('rpc.response.status_code', Status[code]);
      if (span && SERVER_FAULTS.has(code)) failSpan(span, Status[code]);
      span?.end();
    };
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        const parent = propagation.extract(ROOT_CONTEXT, metadata, fromMetadata);
        const about = { kind: SpanKind.SERVER, attributes: rpcAttributes(path) };
        current = trace.setSpan(parent, this.tracing.tracer.startSpan(path.slice(1), about, parent));
        context.with(current, () => next(metadata));
      })
      .withOnReceiveMessage((message, next) => context.with(current, () => next(message)))
      .withOnReceiveHalfClose((next) => context.with(current, () => next()))
      .withOnCancel(() => finish(Status.CANCELLED))
      .build();
    return new ServerInterceptingCall(call, {
      start: (next) => next(listener),
      sendStatus: (result, next) => {
        finish(result.code ?? Status.UNKNOWN);
        next(result);
      },
    });
  };

  private observe(histogram: Histogram<'method' | 'code'>, path: string, code: Status, startedAt: number): void {
    histogram.observe({ method: methodOf(path), code: Status[code] }, (performance.now() - startedAt) / 1000);
  }
}

/** "/orbisvoice.agents.v1.AgentsService/ResolveAgent" as "AgentsService/ResolveAgent". */
function methodOf(path: string): string {
  const [service = '', method = ''] = path.slice(1).split('/');
  return `${service.slice(service.lastIndexOf('.') + 1)}/${method}`;
}

function rpcAttributes(path: string): Attributes {
  return { 'rpc.system.name': 'grpc', 'rpc.method': path.slice(1) };
}
