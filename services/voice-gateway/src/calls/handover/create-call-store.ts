import type { Logger } from 'pino';
import { connectRedis } from '../../redis-connection.js';
import { NoCallStore, type CallStore } from './call-store.js';
import { RedisCallStore } from './redis-call-store.js';

export function createCallStore(redisUrl: string | undefined, log: Pick<Logger, 'error'>): CallStore {
  if (redisUrl === undefined) return new NoCallStore();
  return new RedisCallStore(connectRedis(redisUrl), connectRedis(redisUrl), (refused) =>
    log.error(`${refused.message}. Calls go on, but no gateway can take them over.`),
  );
}
