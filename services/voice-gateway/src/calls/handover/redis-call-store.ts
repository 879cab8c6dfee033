/**
 * Calls in Redis. A call is a hash; a ticket's digest leads to it; a sorted set says until when its holder counts as alive. Each step
 * that must not be overtaken is one script.
 *
 * Two numbers decide. `fence` is the highest that a claim was given; `holder` is the one of who holds the call: a gateway with a lower
 * one has been replaced. `hold` says how: `held`; `wanted` once another gateway has asked; `released` when what is kept is all that
 * it knew. A claim takes nothing yet: it asks, waits, and then takes, all that is kept and the right to keep
 * more in one step. Until then the holder's saves count, and afterwards none of them does. `saves` is counted to tell a holder that waits
 * for a good moment from one that has died.
 */
import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisClient } from '@orbisvoice/service-kit/redis';
import { refusedCredentials, type RefusedCredentialsError } from '@orbisvoice/service-kit/refused-credentials';
import type { CallFacts, CallProgress, CallStore, ClaimedCall, SaveResult } from './call-store.js';
import { MAX_GO_MS } from './departure.js';
import { StoreTrust } from './store-trust.js';

/** One hash tag: in a cluster, what a script touches together lies together. It is a few kB a call. */
const PREFIX = '{orbisvoice}:';
const LEASES = `${PREFIX}leases`;
/** Longer than a call may be away, shorter than the provider keeps a session. */
const KEEP_S = 3_600;
/** What is left of a call that has ended waits for `transcripts`, however long its repair takes. */
const KEEP_ENDED_S = 86_400;
const LEASE_MS = 6_000;
/** A holder that lives has heard of it within this time, also on a machine that is busy, and saves at least that often. */
const HEARD_WITHIN_MS = 1_500;
/** A holder that has heard of it waits for a good moment, but not for longer than its client is given to go. */
const LEFT_WITHIN_MS = MAX_GO_MS + 1_000;
const RELEASE_POLL_MS = 20;
const MAX_ORPHANS_AT_ONCE = 20;

const callKey = (id: string) => `${PREFIX}call:${id}`;
const ticketKey = (ticket: string) => `${PREFIX}ticket:${createHash('sha256').update(ticket).digest('base64url')}`;
const gatewayChannel = (owner: string) => `${PREFIX}gateway:${owner}`;

/**
 * KEYS call, leases, tickets…; ARGV fence, owner, facts, progress, id, leaseUntil, keepS, ended. A Redis that came back empty, or with what
 * it knew some time ago, is filled again. While another gateway asks for the call it is saved as well: it is not taken yet.
 */
const SAVE = `
local own = tonumber(ARGV[1])
local holder = tonumber(redis.call('HGET', KEYS[1], 'holder') or own)
local hold = redis.call('HGET', KEYS[1], 'hold') or 'held'
if holder > own or (holder == own and hold == 'released') then return 'fenced' end
local asked = holder == own and hold == 'wanted'
local fence = math.max(own, tonumber(redis.call('HGET', KEYS[1], 'fence') or own))
redis.call('HSET', KEYS[1], 'fence', fence, 'holder', own, 'owner', ARGV[2], 'facts', ARGV[3], 'progress', ARGV[4],
  'hold', asked and 'wanted' or 'held', 'ended', ARGV[8])
redis.call('HINCRBY', KEYS[1], 'saves', 1)
redis.call('EXPIRE', KEYS[1], ARGV[7])
redis.call('ZADD', KEYS[2], ARGV[6], ARGV[5])
for i = 3, #KEYS do redis.call('SET', KEYS[i], ARGV[5], 'EX', ARGV[7]) end
return asked and 'wanted' or 'saved'`;

/** KEYS call, leases; ARGV fence, facts, progress, keepS, id, leaseUntil. Returns 0 when the call is another gateway's. */
const RELEASE = `
local own = tonumber(ARGV[1])
if tonumber(redis.call('HGET', KEYS[1], 'holder') or own) > own then return 0 end
local fence = math.max(own, tonumber(redis.call('HGET', KEYS[1], 'fence') or own))
redis.call('HSET', KEYS[1], 'fence', fence, 'holder', own, 'facts', ARGV[2], 'progress', ARGV[3], 'hold', 'released')
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('ZADD', KEYS[2], 'NX', ARGV[6], ARGV[5])
return 1`;

/** KEYS call, leases; ARGV id, leaseUntil, onlyIfLeaseBefore ('' for a ticket's owner). Returns {fence, its holder's name}. */
const CLAIM = `
if redis.call('HEXISTS', KEYS[1], 'facts') == 0 then redis.call('ZREM', KEYS[2], ARGV[1]) return nil end
if ARGV[3] == '' then
  if redis.call('HGET', KEYS[1], 'ended') == '1' then return nil end
else
  local lease = redis.call('ZSCORE', KEYS[2], ARGV[1])
  if lease and tonumber(lease) >= tonumber(ARGV[3]) then return nil end
end
if (redis.call('HGET', KEYS[1], 'hold') or 'held') == 'held' then redis.call('HSET', KEYS[1], 'hold', 'wanted') end
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
return {redis.call('HINCRBY', KEYS[1], 'fence', 1), redis.call('HGET', KEYS[1], 'owner') or ''}`;

/**
 * KEYS call; ARGV fence, owner, whether calls that have ended are wanted. Nothing when a newer claim was made, or the call has ended;
 * 'forgotten' when the store does not know of this claim any more.
 */
const TAKE = `
local facts, progress, fence = unpack(redis.call('HMGET', KEYS[1], 'facts', 'progress', 'fence'))
if not facts or tonumber(fence) < tonumber(ARGV[1]) then return 'forgotten' end
if tonumber(fence) > tonumber(ARGV[1]) then return nil end
if ARGV[3] == '0' and redis.call('HGET', KEYS[1], 'ended') == '1' then
  if redis.call('HGET', KEYS[1], 'hold') ~= 'released' then redis.call('HSET', KEYS[1], 'hold', 'held') end
  return nil
end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'owner', ARGV[2], 'hold', 'held')
return {facts, progress}`;

/** KEYS call, leases; ARGV fence, id. */
const REMOVE = `
if tonumber(redis.call('HGET', KEYS[1], 'holder') or ARGV[1]) <= tonumber(ARGV[1]) then redis.call('DEL', KEYS[1]) redis.call('ZREM', KEYS[2], ARGV[2]) end
return 1`;

export class RedisCallStore implements CallStore {
  readonly shared = true;
  private readonly owner = randomUUID();
  private readonly trust = new StoreTrust();
  private wanted: (callId: string) => void = () => undefined;
  /** While it is for our credentials that there is no connection. */
  private refused: RefusedCredentialsError | undefined;

  /**
   * `subscriber` is a second connection: one that is subscribed takes no other commands. `onRefused` hears once of each refusal; what can't
   * be reached at all is told by each command.
   */
  constructor(
    private readonly redis: RedisClient,
    private readonly subscriber: RedisClient,
    private readonly onRefused: (refused: RefusedCredentialsError) => void,
  ) {
    redis.on('error', (error) => this.noteRefusal(error));
    redis.on('ready', () => (this.refused = undefined));
    redis.on('close', () => this.trust.failed());
    subscriber.on('ready', () => void subscriber.subscribe(gatewayChannel(this.owner)).catch(() => undefined));
    subscriber.on('message', (_channel: string, callId: string) => this.wanted(callId));
  }

  async save(facts: CallFacts, progress: CallProgress, fence: number): Promise<SaveResult> {
    const ended = progress.state.phase === 'ended';
    const keys = [callKey(facts.id), LEASES, ...progress.tickets.map(ticketKey)];
    const values = [
      fence,
      this.owner,
      JSON.stringify(facts),
      JSON.stringify(progress),
      facts.id,
      Date.now() + LEASE_MS,
      ended ? KEEP_ENDED_S : KEEP_S,
      ended ? '1' : '0',
    ];
    return (await this.tracked(this.redis.eval(SAVE, keys.length, ...keys, ...values))) as SaveResult;
  }

  async release(facts: CallFacts, progress: CallProgress, fence: number): Promise<boolean> {
    const released = await this.redis.eval(
      RELEASE,
      2,
      callKey(facts.id),
      LEASES,
      fence,
      JSON.stringify(facts),
      JSON.stringify(progress),
      KEEP_S,
      facts.id,
      Date.now() + LEASE_MS,
    );
    return released === 1;
  }

  async claim(ticket: string): Promise<ClaimedCall | undefined> {
    const id = await this.tracked(this.redis.get(ticketKey(ticket)));
    if (this.trust.mayLag) throw new Error('Redis has just come back: holders are still telling it what they know');
    if (id === null || !(await this.isLive(ticket, id))) return undefined;
    return await this.take(id, '');
  }

  async claimOrphans(silentMs: number): Promise<ClaimedCall[]> {
    await this.tracked(this.redis.ping());
    if (!this.trust.isSettled) return [];
    const before = Date.now() - silentMs;
    const ids = await this.redis.zrangebyscore(LEASES, '-inf', `(${before}`, 'LIMIT', 0, MAX_ORPHANS_AT_ONCE);
    const claimed: ClaimedCall[] = [];
    for (const id of ids) {
      const call = await this.take(id, String(before));
      if (call) claimed.push(call);
    }
    return claimed;
  }

  async isSteady(): Promise<boolean> {
    return await this.tracked(this.redis.ping()).then(
      () => !this.trust.mayLag,
      () => false,
    );
  }

  async renew(callIds: string[]): Promise<string[]> {
    if (callIds.length === 0) return [];
    const until = Date.now() + LEASE_MS;
    const leases = callIds.flatMap((id) => [until, id]);
    const [, scores] = await this.tracked(
      Promise.all([this.redis.zadd(LEASES, 'XX', ...leases), this.redis.zmscore(LEASES, ...callIds)]),
    );
    return callIds.filter((_id, i) => scores[i] === null);
  }

  async remove(facts: CallFacts, fence: number): Promise<void> {
    await this.redis.eval(REMOVE, 2, callKey(facts.id), LEASES, String(fence), facts.id);
  }

  onWanted(listener: (callId: string) => void): void {
    this.wanted = listener;
  }

  onBack(listener: () => void): void {
    this.redis.on('ready', listener);
  }

  async check(): Promise<void> {
    try {
      await this.redis.ping();
    } catch (cause) {
      this.noteRefusal(cause);
      if (this.refused) throw this.refused;
      throw new Error("Redis can't be reached at the moment: calls go on, but no gateway can take them over", {
        cause,
      });
    }
  }

  private noteRefusal(error: unknown): void {
    const refused = refusedCredentials('Redis', 'REDIS_URL', error);
    if (!refused) return;
    if (refused.message !== this.refused?.message) this.onRefused(refused);
    this.refused = refused;
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    this.subscriber.disconnect();
  }

  private async tracked<Answer>(command: Promise<Answer>): Promise<Answer> {
    try {
      const answer = await command;
      this.trust.answered();
      return answer;
    } catch (error) {
      this.trust.failed();
      throw error;
    }
  }

  /** One that the client has used already leads to the call for as long as the newest. */
  private async isLive(ticket: string, id: string): Promise<boolean> {
    const progress = await this.redis.hget(callKey(id), 'progress');
    return progress !== null && (JSON.parse(progress) as CallProgress).tickets.includes(ticket);
  }

  private async take(id: string, onlyIfLeaseBefore: string): Promise<ClaimedCall | undefined> {
    const key = callKey(id);
    const lease = Date.now() + LEASE_MS;
    const answer = await this.redis.eval(CLAIM, 2, key, LEASES, id, lease, onlyIfLeaseBefore);
    if (!answer) return undefined;
    const [fence, holder] = answer as [number, string];
    const isOrphan = onlyIfLeaseBefore !== '';
    if (!isOrphan) await this.awaitRelease(key, holder, id);
    const taken = await this.redis.eval(TAKE, 1, key, fence, this.owner, isOrphan ? '1' : '0');
    if (!taken) return undefined;
    if (taken === 'forgotten') throw new Error('Redis has lost what it was just told');
    const [facts, progress] = taken as [string, string];
    return { facts: parseExactJson(facts) as CallFacts, progress: parseExactJson(progress) as CallProgress, fence };
  }

  /** Asks the holder to let go. One that does not answer is dead, or as good as dead: the call is taken from it. */
  private async awaitRelease(key: string, holder: string, id: string): Promise<void> {
    let [hold, saves] = await this.holdOf(key);
    if (hold === 'released') return;
    const listening = await this.redis.publish(gatewayChannel(holder), id);
    // A cluster counts the listeners of one node only.
    if (listening === 0 && !this.redis.isCluster) return;
    const askedAt = performance.now();
    let heardAt = askedAt;
    while (hold !== 'released') {
      const now = performance.now();
      if (now - heardAt > HEARD_WITHIN_MS || now - askedAt > LEFT_WITHIN_MS) return;
      await sleep(RELEASE_POLL_MS);
      const before = saves;
      [hold, saves] = await this.holdOf(key);
      if (saves !== before) heardAt = performance.now();
    }
  }

  /** How it is held, and how often it was saved. */
  private async holdOf(key: string): Promise<(string | null)[]> {
    return await this.redis.hmget(key, 'hold', 'saves');
  }
}
