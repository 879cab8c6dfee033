import { connectRedis } from '../../redis-connection.js';
import { NoCallStore, type CallStore } from './call-store.js';
import { RedisCallStore } from './redis-call-store.js';

export function createCallStore(redisUrl: string | undefined): CallStore {
  if (redisUrl === undefined) return new NoCallStore();
  return new RedisCallStore(connectRedis(redisUrl), connectRedis(redisUrl));
}
