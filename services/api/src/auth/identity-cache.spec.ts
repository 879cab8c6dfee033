import { describe, expect, it } from '@jest/globals';
import { IDENTITY_LIFETIME_MS, IdentityCache } from './identity-cache.js';
import type { Identity } from './identity.js';

const key = (secret: string) => ({ kind: 'api-key' as const, secret });
const identity = (id: string, expiresAt?: Date): Identity => ({ kind: 'api-key', id, organizationId: 'o', expiresAt });

function setUp(maxEntries = 100) {
  const clock = { now: 1_000_000 };
  const cache = new IdentityCache(maxEntries, () => clock.now);
  const lookUps: string[] = [];
  const ask = (secret: string, found = identity(secret)) =>
    cache.get(key(secret), async () => {
      lookUps.push(secret);
      return found;
    });
  return { clock, cache, lookUps, ask };
}

describe('IdentityCache', () => {
  it('answers again without a look-up, for 10 s at most', async () => {
    const { clock, cache, lookUps, ask } = setUp();
    await ask('a');
    clock.now += IDENTITY_LIFETIME_MS - 1;
    expect(await ask('a')).toEqual(identity('a'));
    expect(lookUps).toEqual(['a']);
    clock.now += 1;
    expect(cache.has(key('a'))).toBe(false);
    await ask('a');
    expect(lookUps).toEqual(['a', 'a']);
  });

  it('never outlives a session', async () => {
    const { clock, lookUps, ask } = setUp();
    const ending = identity('a', new Date(clock.now + 3_000));
    await ask('a', ending);
    clock.now += 3_000;
    await ask('a', ending);
    expect(lookUps).toHaveLength(2);
  });

  it('does not keep failures', async () => {
    const { cache, lookUps, ask } = setUp();
    const refuse = () => cache.get(key('a'), () => Promise.reject(new Error('revoked')));
    await expect(refuse()).rejects.toThrow('revoked');
    expect(cache.size).toBe(0);
    await ask('a');
    expect(lookUps).toEqual(['a']);
  });

  it('shares one look-up among requests that come together', async () => {
    const { lookUps, ask } = setUp();
    await Promise.all([ask('a'), ask('a'), ask('b')]);
    expect(lookUps).toEqual(['a', 'b']);
  });

  it('does not take a session for an API key with the same text', async () => {
    const { cache, ask } = setUp();
    await ask('a');
    expect(cache.has({ kind: 'session', secret: 'a' })).toBe(false);
  });

  it('forgets a key that was revoked here', async () => {
    const { cache, ask } = setUp();
    await Promise.all([ask('a'), ask('b')]);
    cache.forget('api-key', 'a');
    expect([cache.has(key('a')), cache.has(key('b'))]).toEqual([false, true]);
  });

  it('keeps a bounded number, the newest', async () => {
    const { cache, ask } = setUp(3);
    for (const secret of ['a', 'b', 'c', 'd', 'e']) await ask(secret);
    expect(cache.size).toBe(3);
    expect(['a', 'b', 'c', 'd', 'e'].filter((secret) => cache.has(key(secret)))).toEqual(['c', 'd', 'e']);
  });

  it('drops what has expired when something new comes', async () => {
    const { clock, cache, ask } = setUp();
    await Promise.all([ask('a'), ask('b')]);
    clock.now += IDENTITY_LIFETIME_MS;
    await ask('c');
    expect(cache.size).toBe(1);
  });
});
