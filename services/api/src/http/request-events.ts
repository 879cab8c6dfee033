import { recordedTraceId } from '@orbisvoice/service-kit/telemetry/tracing';
import type { FastifyInstance } from 'fastify';
import { identityOf, subjectOf } from '../auth/identity.js';
import type { Events } from '../events.js';
import { isProbe, routeOf } from './access.js';

/** One metric and one log line for each request but probes. */
export function registerRequestEvents(fastify: FastifyInstance, events: Events): void {
  fastify.addHook('onResponse', async (request, reply) => {
    if (isProbe(request)) return;
    const identity = identityOf(request);
    events.requestFinished({
      requestId: request.id,
      method: request.method,
      route: routeOf(request),
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
      subject: identity && subjectOf(identity),
      traceId: recordedTraceId(),
    });
  });
}
