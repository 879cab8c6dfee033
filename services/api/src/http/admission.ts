/**
 * The gate that every request passes before its body is read: rate limits, origin, credential, content type. What passes
 * carries its identity (see auth/identity.ts).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { CredentialGate } from '../auth/credential-gate.js';
import { readCredential } from '../auth/credential.js';
import type { TrustedOrigins } from '../auth/trusted-origins.js';
import type { RateLimits } from '../limits/rate-limits.js';
import { accessOf, isProbe } from './access.js';

export interface AdmissionDependencies {
  gate: CredentialGate;
  origins: TrustedOrigins;
  limits: RateLimits;
}

export function registerAdmission(fastify: FastifyInstance, dependencies: AdmissionDependencies): void {
  fastify.addHook('onRequest', async (request, reply) => {
    if (isProbe(request)) return;
    await admit(request, reply, dependencies);
    requireJson(request);
  });
}

async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  { gate, origins, limits }: AdmissionDependencies,
): Promise<void> {
  const access = accessOf(request);
  const tell = (name: string, value: string) => void reply.header(name, value);
  if (access !== 'credential') {
    await limits.count(access === 'sign-in' ? 'sign-in' : 'address', request, tell);
    origins.check(request);
    return;
  }
  const credential = readCredential(request.headers);
  const needed = 'This needs an API key or a session.';
  await gate.admit({ credential, request, tell, needed, check: () => origins.check(request) });
}

/** Nothing but JSON is read: a form that another site's page can send without asking is not JSON. */
function requireJson(request: FastifyRequest): void {
  const contentType = request.headers['content-type'];
  if (contentType === undefined || request.is404) return;
  if (/^application\/json\s*(;|$)/i.test(contentType.trim())) return;
  throw new UnsupportedMediaTypeException('The body must be sent as application/json.');
}
