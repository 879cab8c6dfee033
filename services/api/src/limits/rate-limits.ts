/**
 * One limiter, named policies. Counted in this process's memory: with several replicas, each allows the whole number.
 * Headers follow draft-ietf-httpapi-ratelimit-headers-11.
 */
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { API_CONFIG } from '../api-config.token.js';
import { identityOf, subjectOf } from '../auth/identity.js';
import type { ApiConfig, RateLimitPolicy } from '../config.js';
import { Events } from '../events.js';

/**
 * `credential`: requests of one API key or session. `address`: requests of one IP address (a /64 of IPv6) that carry no
 * credential or one that must be looked up. `sign-in`: attempts to sign in from one IP address.
 */
export type PolicyName = 'credential' | 'address' | 'sign-in';

/** A request of REST, or the like of one that came in over gRPC. Its identity is set (auth/identity.ts) once it is known. */
export type LimitedRequest = Pick<FastifyRequest, 'id' | 'ip'> & { routeOptions: object };

type Limiter = (request: LimitedRequest) => ReturnType<ReturnType<FastifyInstance['createRateLimit']>>;

@Injectable()
export class RateLimits {
  private limiters: Record<PolicyName, Limiter> | undefined;
  private readonly policies: Record<PolicyName, RateLimitPolicy>;

  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(API_CONFIG) config: ApiConfig,
    @Inject(Events) private readonly events: Events,
  ) {
    const { credential, address, signIn } = config.rateLimits;
    this.policies = { credential, address, 'sign-in': signIn };
  }

  /** Counts the request and tells the client, in headers, where it stands. @throws DomainError `resource_exhausted` */
  async count(
    policy: PolicyName,
    request: LimitedRequest,
    tell: (header: string, value: string) => void,
  ): Promise<void> {
    this.limiters ??= this.createLimiters();
    const state = await this.limiters[policy](request);
    if (state.isAllowed) return;
    tell('ratelimit-policy', describe(policy, this.policies[policy]));
    tell('ratelimit', `"${policy}";r=${state.remaining};t=${state.ttlInSeconds}`);
    if (!state.isExceeded) return;
    const identity = identityOf(request);
    this.events.rateLimited(policy, request.id, identity && subjectOf(identity));
    throw new DomainError('resource_exhausted', `Too many requests. Try again in ${state.ttlInSeconds} s.`, {
      retryable: true,
      retryAfterMs: state.ttl,
    });
  }

  /** Not before @fastify/rate-limit is registered, which is after this was made. */
  private createLimiters(): Record<PolicyName, Limiter> {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    // The plugin reads no more of a request than LimitedRequest has.
    const create = (...parameters: Parameters<FastifyInstance['createRateLimit']>) =>
      fastify.createRateLimit(...parameters) as unknown as Limiter;
    return {
      credential: create({ ...options(this.policies.credential), keyGenerator: credentialKey }),
      address: create(options(this.policies.address)),
      'sign-in': create(options(this.policies['sign-in'])),
    };
  }
}

function options(policy: RateLimitPolicy): { max: number; timeWindow: number } {
  return { max: policy.requests, timeWindow: policy.windowMs };
}

function describe(name: PolicyName, policy: RateLimitPolicy): string {
  return `"${name}";q=${policy.requests};w=${Math.ceil(policy.windowMs / 1000)}`;
}

function credentialKey(request: object): string {
  const identity = identityOf(request);
  if (!identity) throw new Error('only an authenticated request counts against a credential');
  return subjectOf(identity);
}
