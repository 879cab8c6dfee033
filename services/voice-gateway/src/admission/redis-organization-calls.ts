/**
 * The calls of all gateways: per organization a sorted set of call ids, by the time until which each counts. Whoever holds a call says so
 * again and again, so a gateway that dies stops counting by itself, and a Redis that comes back empty is filled again. While Redis is
 * away, each gateway counts for itself.
 */
import type { RedisClient } from '@orbisvoice/service-kit/redis';
import { LocalOrganizationCalls, type OrganizationCalls } from './organization-calls.js';

export interface RedisOrganizationCallsOptions {
  /** How long a call counts that nobody has spoken for. */
  leaseMs?: number;
  /** How often a gateway speaks for its calls. */
  renewMs?: number;
  onFailure(error: unknown): void;
}

const LEASE_MS = 15_000;
const RENEW_MS = 4_000;
const keyOf = (organizationId: string) => `orbisvoice:organization-calls:${organizationId}`;

/** Redis' own time, so that the gateways' clocks need not agree. */
const NOW = `local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)`;

/** KEYS calls; ARGV id, leaseMs, limit. */
const TAKE = `${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) and not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;

/** KEYS calls; ARGV leaseMs, ids… */
const HOLD = `${NOW}
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`;

export class RedisOrganizationCalls implements OrganizationCalls {
  private readonly here = new LocalOrganizationCalls();
  private readonly timer: NodeJS.Timeout;
  private readonly leaseMs: number;

  constructor(
    private readonly redis: RedisClient,
    private readonly options: RedisOrganizationCallsOptions,
  ) {
    this.leaseMs = options.leaseMs ?? LEASE_MS;
    this.timer = setInterval(() => this.renew(), options.renewMs ?? RENEW_MS).unref();
  }

  async take(organizationId: string, callId: string, limit: number): Promise<boolean> {
    try {
      const taken = await this.redis.eval(TAKE, 1, keyOf(organizationId), callId, this.leaseMs, limit);
      if (taken === 1) this.here.hold(organizationId, callId);
      return taken === 1;
    } catch (error) {
      this.options.onFailure(error);
      return this.here.takeNow(organizationId, callId, limit);
    }
  }

  hold(organizationId: string, callId: string): void {
    this.here.hold(organizationId, callId);
    this.say(organizationId, [callId]);
  }

  letGo(organizationId: string, callId: string, how: 'ended' | 'moved'): void {
    this.here.letGo(organizationId, callId);
    // Of one that has moved the next holder speaks.
    if (how === 'ended') this.redis.zrem(keyOf(organizationId), callId).catch(this.options.onFailure);
  }

  close(): void {
    clearInterval(this.timer);
    this.redis.disconnect();
  }

  private renew(): void {
    for (const [organizationId, callIds] of this.here.entries()) this.say(organizationId, [...callIds]);
  }

  private say(organizationId: string, callIds: string[]): void {
    this.redis.eval(HOLD, 1, keyOf(organizationId), this.leaseMs, ...callIds).catch(this.options.onFailure);
  }
}
