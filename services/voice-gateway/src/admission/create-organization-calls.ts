import { connectRedis } from '../redis-connection.js';
import { LocalOrganizationCalls, type OrganizationCalls } from './organization-calls.js';
import { RedisOrganizationCalls } from './redis-organization-calls.js';

export interface OrganizationCallsConfig {
  redisUrl: string | undefined;
  /** 0: no limit, so nothing needs to be counted together. */
  maxCallsPerOrganization: number;
}

export function createOrganizationCalls(
  { redisUrl, maxCallsPerOrganization }: OrganizationCallsConfig,
  onFailure: (error: unknown) => void,
): OrganizationCalls {
  if (redisUrl === undefined || maxCallsPerOrganization === 0) return new LocalOrganizationCalls();
  return new RedisOrganizationCalls(connectRedis(redisUrl), { onFailure });
}
