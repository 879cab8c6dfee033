/**
 * Successful look-ups of credentials, for 10 s at most: a key revoked elsewhere works here for that long. Failures are not
 * kept. Look-ups of one credential that come at the same time share one RPC.
 */
import { createHash } from 'node:crypto';
import type { Credential } from './credential.js';
import type { Identity } from './identity.js';

export const IDENTITY_LIFETIME_MS = 10_000;
const MAX_ENTRIES = 10_000;

type CacheKey = Pick<Credential, 'kind' | 'secret'>;

interface Entry {
  identity: Promise<Identity>;
  /** Set once the look-up has succeeded. */
  known?: Identity;
  storedAt: number;
}

export class IdentityCache {
  /** Oldest first, since every entry lives equally long. Keyed by a hash: secrets are not kept. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly maxEntries = MAX_ENTRIES,
    private readonly now: () => number = Date.now,
  ) {}

  /** True when `get` would answer without a look-up. */
  has(credential: CacheKey): boolean {
    return this.fresh(keyOf(credential))?.known !== undefined;
  }

  async get(credential: CacheKey, lookUp: () => Promise<Identity>): Promise<Identity> {
    const key = keyOf(credential);
    const found = this.fresh(key);
    if (found) return await found.identity;
    const entry: Entry = { identity: lookUp(), storedAt: this.now() };
    this.entries.delete(key);
    this.entries.set(key, entry);
    this.makeRoom();
    try {
      entry.known = await entry.identity;
      return entry.known;
    } catch (error) {
      if (this.entries.get(key) === entry) this.entries.delete(key);
      throw error;
    }
  }

  /** Forgets a key or session at once, when this process itself ended it. */
  forget(kind: Identity['kind'], id: string): void {
    for (const [key, entry] of this.entries) {
      if (entry.known?.kind === kind && entry.known.id === id) this.entries.delete(key);
    }
  }

  /** The same for a credential that was presented. */
  forgetCredential(kind: Credential['kind'], secret: string): void {
    this.entries.delete(keyOf({ kind, secret }));
  }

  get size(): number {
    return this.entries.size;
  }

  private fresh(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    const now = this.now();
    const endsAt = Math.min(entry.storedAt + IDENTITY_LIFETIME_MS, entry.known?.expiresAt?.getTime() ?? Infinity);
    if (now < endsAt) return entry;
    this.entries.delete(key);
    return undefined;
  }

  private makeRoom(): void {
    for (const [key, entry] of this.entries) {
      const expired = this.now() - entry.storedAt >= IDENTITY_LIFETIME_MS;
      if (!expired && this.entries.size <= this.maxEntries) return;
      this.entries.delete(key);
    }
  }
}

function keyOf(credential: CacheKey): string {
  return createHash('sha256').update(`${credential.kind}:${credential.secret}`).digest('base64');
}
