import { Redis } from 'ioredis';
import { NoCallStore, type CallStore } from './call-store.js';
import { RedisCallStore } from './redis-call-store.js';

/** A store that does not answer must fail at once: calls go on without it. */
const OPTIONS = { maxRetriesPerRequest: 0, enableOfflineQueue: false, commandTimeout: 1_000, connectTimeout: 2_000 };
const MAX_RECONNECT_MS = 1_000;

export function createCallStore(redisUrl: string | undefined): CallStore {
  if (redisUrl === undefined) return new NoCallStore();
  const connect = () => {
    const redis = new Redis(redisUrl, {
      ...OPTIONS,
      retryStrategy: (attempt: number) => Math.min(attempt * 100, MAX_RECONNECT_MS),
    });
    redis.on('error', () => undefined); // each command that meets it says so
    return redis;
  };
  return new RedisCallStore(connect(), connect());
}
