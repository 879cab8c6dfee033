/**
 * A span for each HTTP request, the parent of the RPCs that it makes. A caller's own trace goes on where W3C trace context comes with the
 * request. Names follow OpenTelemetry's HTTP conventions; addresses have ids in them, so it is the route's pattern that is told.
 */
import { context, propagation, ROOT_CONTEXT, SpanKind, trace, type Attributes, type Span } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problemKindOf } from '../problem-filter.js';
import { failSpan, type Tracing } from './tracing.js';

export interface RequestTraces {
  /** The route's pattern, such as "/v1/agents/:id". Undefined: no span, for probes and the like. */
  routeOf(request: FastifyRequest): string | undefined;
  /** More to say of a request that is over; no personal data. */
  describe(request: FastifyRequest): Attributes;
}

/** Comes before the hooks whose RPCs and log lines are to be part of the trace. */
export function traceRequests(fastify: FastifyInstance, tracing: Tracing, about: RequestTraces): void {
  if (!tracing.enabled) return;
  fastify.addHook('onRequest', (request, reply, done) => {
    const route = about.routeOf(request);
    if (route === undefined) return done();
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const { method } = request;
    const attributes = { 'http.request.method': method, 'http.route': route, 'orbisvoice.request.id': request.id };
    const span = tracing.tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
    reply.raw.once('close', () => {
      span.setAttributes(about.describe(request));
      finish(span, request, reply);
    });
    context.with(trace.setSpan(parent, span), done);
  });
}

function finish(span: Span, request: FastifyRequest, reply: FastifyReply): void {
  if (!reply.raw.writableFinished) {
    span.setAttribute('error.type', 'cancelled');
  } else {
    const { statusCode } = reply;
    span.setAttribute('http.response.status_code', statusCode);
    const kind = problemKindOf(request);
    if (statusCode >= 500) failSpan(span, kind ?? String(statusCode));
    else if (kind !== undefined) span.setAttribute('error.type', kind);
  }
  span.end();
}
