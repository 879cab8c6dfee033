/** What this service counts and logs, in one place. */
import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { Counter, Registry } from 'prom-client';
import type { DomainError } from '@orbisvoice/service-kit/errors';
import { LOG } from '@orbisvoice/service-kit/log';
import { TracedHistogram } from '@orbisvoice/service-kit/telemetry/open-metrics';

export interface FinishedRequest {
  requestId: string;
  method: string;
  /** The route's pattern, such as "/v1/agents/:id", never the path itself. */
  route: string;
  status: number;
  durationMs: number;
  /** Who asked, such as "api-key:<id>". */
  subject: string | undefined;
  /** Of a request whose trace is recorded. */
  traceId: string | undefined;
}

export interface FinishedRpc {
  requestId: string;
  /** Such as "/orbisvoice.agents.v1.AgentsService/GetAgent". */
  method: string;
  /** Undefined: it was answered. */
  error: DomainError | undefined;
  durationMs: number;
  /** Who asked, such as "api-key:<id>". Undefined: nobody who may. */
  subject: string | undefined;
}

@Injectable()
export class Events {
  private readonly duration: TracedHistogram<'method' | 'route' | 'status'>;
  private readonly limited: Counter;

  constructor(
    @Inject(Registry) registry: Registry,
    @Inject(LOG) private readonly log: Logger,
  ) {
    this.duration = new TracedHistogram(registry, {
      name: 'orbisvoice_api_request_duration_seconds',
      help: 'Time from the first byte of a request to the last of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    });
    this.limited = new Counter({
      name: 'orbisvoice_api_rate_limited_total',
      help: 'Requests refused by a rate limit.',
      labelNames: ['policy'],
      registers: [registry],
    });
    for (const policy of ['credential', 'address', 'sign-in']) this.limited.inc({ policy }, 0);
  }

  /** The log adds the trace by itself. */
  requestFinished({ traceId, ...request }: FinishedRequest): void {
    const { method, route, status, durationMs } = request;
    this.duration.observe({ method, route, status }, durationMs / 1000, traceId);
    this.log.info({ ...request, durationMs: Math.round(durationMs) }, 'request finished');
  }

  /** Its metric is the kit's, of RPCs that were answered. */
  rpcFinished({ error, ...rpc }: FinishedRpc): void {
    // Its sentence says nothing, on purpose.
    if (error?.kind === 'internal')
      this.log.error({ err: error.cause ?? error, requestId: rpc.requestId }, 'RPC failed');
    const result = error?.kind ?? 'ok';
    this.log.info({ ...rpc, result, durationMs: Math.round(rpc.durationMs) }, 'RPC finished');
  }

  rateLimited(policy: string, requestId: string, subject: string | undefined): void {
    this.limited.inc({ policy });
    this.log.warn({ policy, requestId, subject }, 'rate limit exceeded');
  }
}
