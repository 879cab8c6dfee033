/**
 * One limiter, named policies. Counted in this process's memory: with several replicas, each allows the whole number.
 * Headers follow draft-ietf-httpapi-ratelimit-headers-11.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { identityOf, subjectOf } from '../auth/identity.js';
import type { ApiConfig, RateLimitPolicy } from '../config.js';
import type { Events } from '../events.js';

/**
 * `credential`: requests of one API key or session. `address`: requests of one IP address (a /64 of IPv6) that carry no
 * credential or one that must be looked up. `sign-in`: attempts to sign in from one IP address.
 */
export type PolicyName = 'credential' | 'address' | 'sign-in';

type Limiter = ReturnType<FastifyInstance['createRateLimit']>;

export class RateLimits {
  private readonly limiters: Record<PolicyName, Limiter>;
  private readonly policyHeaders: Record<PolicyName, string>;

  /** Needs @fastify/rate-limit to be registered. */
  constructor(
    fastify: FastifyInstance,
    limits: ApiConfig['rateLimits'],
    private readonly events: Events,
  ) {
    const policies = { credential: limits.credential, address: limits.address, 'sign-in': limits.signIn };
    this.limiters = {
      credential: fastify.createRateLimit({ ...options(policies.credential), keyGenerator: credentialKey }),
      address: fastify.createRateLimit(options(policies.address)),
      'sign-in': fastify.createRateLimit(options(policies['sign-in'])),
    };
    this.policyHeaders = {
      credential: describe('credential', policies.credential),
      address: describe('address', policies.address),
      'sign-in': describe('sign-in', policies['sign-in']),
    };
  }

  /** Counts the request and tells the client where it stands. @throws DomainError `resource_exhausted` */
  async count(policy: PolicyName, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const state = await this.limiters[policy](request);
    if (state.isAllowed) return;
    reply.header('ratelimit-policy', this.policyHeaders[policy]);
    reply.header('ratelimit', `"${policy}";r=${state.remaining};t=${state.ttlInSeconds}`);
    if (!state.isExceeded) return;
    const identity = identityOf(request);
    this.events.rateLimited(policy, request.id, identity && subjectOf(identity));
    throw new DomainError('resource_exhausted', `Too many requests. Try again in ${state.ttlInSeconds} s.`, {
      retryable: true,
      retryAfterMs: state.ttl,
    });
  }
}

function options(policy: RateLimitPolicy): { max: number; timeWindow: number } {
  return { max: policy.requests, timeWindow: policy.windowMs };
}

function describe(name: PolicyName, policy: RateLimitPolicy): string {
  return `"${name}";q=${policy.requests};w=${Math.ceil(policy.windowMs / 1000)}`;
}

function credentialKey(request: FastifyRequest): string {
  const identity = identityOf(request);
  if (!identity) throw new Error('only an authenticated request counts against a credential');
  return subjectOf(identity);
}
