/**
 * One variable for every way to run Redis (S0-138), rediss for TLS:
 *   redis://user:password@host:6379/0
 *   redis-sentinel://user:password@host:26379,host:26379/master-name?sentinelPassword=…&db=0
 *   redis-cluster://user:password@host:6379,host:6379
 */
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { z } from 'zod';

export type RedisClient = Redis | Cluster;

export type RedisTarget =
  | { kind: 'single'; url: string }
  | { kind: 'sentinel'; nodes: RedisNode[]; master: string; sentinelPassword: string | undefined; access: RedisAccess }
  | { kind: 'cluster'; nodes: RedisNode[]; access: RedisAccess };

interface RedisNode {
  host: string;
  port: number;
}

interface RedisAccess {
  username: string | undefined;
  password: string | undefined;
  db: number;
  tls: boolean;
}

const DEFAULT_PORTS = { sentinel: 26_379, cluster: 6_379 };
const SEVERAL_NODES = /^redis(s?)-(sentinel|cluster):\/\/(?:([^@/]*)@)?([^@/?]+)(?:\/([^?]*))?(?:\?(.*))?$/;
const NODE = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;

export const redisUrlVariable = z.string().superRefine((value, context) => {
  try {
    parseRedisUrl(value);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

/** @throws Error with a sentence about what is wrong, without the URL, which may hold a password */
export function parseRedisUrl(url: string): RedisTarget {
  if (/^rediss?:\/\//.test(url) && URL.canParse(url)) return { kind: 'single', url };
  const match = SEVERAL_NODES.exec(url);
  if (!match) {
    throw new Error(
      'must be redis://host:port/db, redis-sentinel://host:port,host:port/master or redis-cluster://host:port,host:port, or the same with rediss',
    );
  }
  const [, tls, kind, credentials, hosts, path, query] = match;
  const nodes = hosts!.split(',').map((host) => parseNode(host, DEFAULT_PORTS[kind as 'sentinel' | 'cluster']));
  const parameters = new URLSearchParams(query);
  const [username, password] = parseCredentials(credentials ?? '');
  const access = { username, password, db: Number(parameters.get('db') ?? 0), tls: tls === 's' };
  if (kind === 'cluster') {
    if (path) throw new Error('must have no path after the hosts: a cluster has one database');
    return { kind, nodes, access };
  }
  if (!path) throw new Error('must name the master after the hosts, such as redis-sentinel://host:26379/mymaster');
  if (!Number.isInteger(access.db) || access.db < 0) throw new Error('must have a whole number as db');
  const sentinelPassword = parameters.get('sentinelPassword') ?? undefined;
  return { kind: 'sentinel', nodes, master: decodeURIComponent(path), sentinelPassword, access };
}

function parseNode(text: string, defaultPort: number): RedisNode {
  const match = NODE.exec(text);
  const port = Number(match?.[2] ?? defaultPort);
  if (!match || port < 1 || port > 65_535)
    throw new Error('must have hosts of the form host or host:port, with commas between');
  return { host: match[1]!.replace(/^\[|\]$/g, ''), port };
}

function parseCredentials(text: string): [string | undefined, string | undefined] {
  const colon = text.indexOf(':');
  const [user, password] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  return [decodeURIComponent(user) || undefined, decodeURIComponent(password) || undefined];
}

/** Connects in the background. `options` count for every connection. */
export function openRedis(url: string, options: RedisOptions): RedisClient {
  const target = parseRedisUrl(url);
  if (target.kind === 'single') return new Redis(target.url, options);
  const { username, password, db, tls } = target.access;
  const access = { ...options, username, password, ...(tls ? { tls: {} } : {}) };
  if (target.kind === 'cluster') {
    return new Cluster(target.nodes, {
      redisOptions: access,
      enableOfflineQueue: options.enableOfflineQueue ?? true,
      clusterRetryStrategy: (attempt) => options.retryStrategy?.(attempt) ?? null,
      // A certificate is for the name that nodes are known by, so a name stays a name.
      ...(tls ? { dnsLookup: (host: string, done: (error: null, address: string) => void) => done(null, host) } : {}),
    });
  }
  return new Redis({
    ...access,
    db,
    sentinels: target.nodes,
    name: target.master,
    sentinelPassword: target.sentinelPassword,
    sentinelRetryStrategy: (attempt) => options.retryStrategy?.(attempt) ?? null,
    ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
  });
}
