import { openRedis, type RedisClient } from '@orbisvoice/service-kit/redis';

/** A Redis that does not answer must fail at once: calls go on without it. */
const OPTIONS = {
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  commandTimeout: 1_000,
  connectTimeout: 2_000,
  /** A connection that the network has swallowed is replaced, not waited for. */
  socketTimeout: 3_000,
};
const MAX_RECONNECT_MS = 500;

/** Connects in the background, and again whenever the connection is lost. */
export function connectRedis(url: string): RedisClient {
  const redis = openRedis(url, {
    ...OPTIONS,
    retryStrategy: (attempt: number) => Math.min(attempt * 100, MAX_RECONNECT_MS),
  });
  redis.on('error', () => undefined); // each command that meets it says so
  return redis;
}
