import { describe, expect, it } from '@jest/globals';
import { parseRedisUrl, redisUrlVariable } from './redis.js';

const access = { username: undefined, password: undefined, db: 0, tls: false };

describe('the address of a Redis', () => {
  it('is one server, with or without TLS', () => {
    for (const url of ['redis://localhost', 'rediss://user:secret@redis:6380/2'])
      expect(parseRedisUrl(url)).toEqual({ kind: 'single', url });
  });

  it('is a master that sentinels know', () => {
    const url = 'rediss-sentinel://user:a%40b@one:26380,two/my-master?sentinelPassword=s&db=3';
    expect(parseRedisUrl(url)).toEqual({
      kind: 'sentinel',
      nodes: [
        { host: 'one', port: 26_380 },
        { host: 'two', port: 26_379 },
      ],
      master: 'my-master',
      sentinelPassword: 's',
      access: { username: 'user', password: 'a@b', db: 3, tls: true },
    });
  });

  it('is a cluster', () => {
    expect(parseRedisUrl('redis-cluster://one,[::1]:7001')).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'one', port: 6_379 },
        { host: '::1', port: 7_001 },
      ],
      access,
    });
    expect(parseRedisUrl('redis-cluster://:secret@one')).toMatchObject({ access: { ...access, password: 'secret' } });
  });

  it.each([
    ['http://redis', /redis-sentinel/],
    ['redis-sentinel://one:26379', /name the master/],
    ['redis-sentinel://one/master?db=x', /whole number as db/],
    ['redis-cluster://one/1', /no path/],
    ['redis-cluster://one:99999', /host:port/],
    ['redis-cluster://one, two', /host:port/],
  ])('is refused as %s, in a sentence', (url, sentence) => {
    const { error } = redisUrlVariable.safeParse(url);
    expect(error?.issues[0]?.message).toMatch(sentence);
  });
});
