/** Everything around the routes, in the order in which a request meets it. */
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import { traceRequests } from '@orbisvoice/service-kit/telemetry/request-traces';
import { Tracing } from '@orbisvoice/service-kit/telemetry/tracing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { CredentialGate } from '../auth/credential-gate.js';
import { identityOf } from '../auth/identity.js';
import { TrustedOrigins } from '../auth/trusted-origins.js';
import type { ApiConfig } from '../config.js';
import { Events } from '../events.js';
import { RateLimits } from '../limits/rate-limits.js';
import { createDocument } from '../openapi/document.js';
import { registerDocs } from '../openapi/docs-page.js';
import { isProbe, routeOf } from './access.js';
import { registerAdmission } from './admission.js';
import { registerJsonBody } from './json-body.js';
import { registerPublicPath } from './public-path.js';
import { registerRequestEvents } from './request-events.js';

const EXPOSED_HEADERS = ['ETag', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id'];
const PREFLIGHT_LIFETIME_S = 600;

export async function configureDoor(app: NestFastifyApplication, config: ApiConfig): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  const events = app.get(Events);
  traceRequests(fastify, app.get(Tracing), {
    routeOf: (request) => (isProbe(request) ? undefined : routeOf(request)),
    describe: (request) => ({ 'orbisvoice.organization.id': identityOf(request)?.organizationId }),
  });
  registerRequestEvents(fastify, events);
  registerPublicPath(fastify, config.publicUrl);
  registerJsonBody(app);
  // Before admission, so that a page of an allowed origin can read why it was refused.
  await fastify.register(cors, {
    origin: config.allowedOrigins.length > 0 ? config.allowedOrigins : false,
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_LIFETIME_S,
  });
  await fastify.register(rateLimit, { global: false });
  registerAdmission(fastify, {
    gate: app.get(CredentialGate),
    origins: app.get(TrustedOrigins),
    limits: app.get(RateLimits),
  });
  await registerDocs(fastify, () => createDocument(app, config.publicUrl));
}
