import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { requireRole, type Caller } from '@orbisvoice/service-kit/caller-context';
import { Database } from '@orbisvoice/service-kit/database';
import type { DomainError } from '@orbisvoice/service-kit/errors';
import type { EntityManager } from 'typeorm';
import { Clock } from '../clock.js';
import { isRandomBase62, randomBase62 } from '../credentials/base62.js';
import { DerivedKeys } from '../credentials/derived-keys.js';
import { refusal, type RefusalReason } from '../credentials/refusals.js';
import { AccountsEvents } from '../events.js';
import type { SessionEntity } from './session.entity.js';
import { SessionsRepository } from './sessions.repository.js';

const DAY_MS = 24 * 60 * 60_000;
const LIFETIME_MS = 30 * DAY_MS;
const IDLE_LIMIT_MS = 7 * DAY_MS;
const LAST_SEEN_PRECISION_MS = 60_000;

@Injectable()
export class SessionsService {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsRepository,
    private readonly keys: DerivedKeys,
    private readonly clock: Clock,
    private readonly events: AccountsEvents,
  ) {}

  /** Within the transaction of what entitles to it. `expiresAt` is the end even for a session in constant use. */
  async open(
    tx: EntityManager,
    organizationId: string,
    now: Date,
  ): Promise<{ id: string; token: string; expiresAt: Date }> {
    const id = randomUUID();
    const token = randomBase62();
    const expiresAt = new Date(now.getTime() + LIFETIME_MS);
    const tokenHmac = this.keys.hmac('session', token);
    await this.sessions.insert(tx, { id, organizationId, tokenHmac, createdAt: now, lastSeenAt: now, expiresAt });
    return { id, token, expiresAt };
  }

  /** @throws DomainError `unauthenticated`, also after 7 days without use */
  async authenticate(caller: Caller, token: string): Promise<SessionEntity> {
    requireRole(caller, 'edge');
    if (!isRandomBase62(token)) throw this.refuse('unknown');
    const now = this.clock.now();
    const session = await this.database.asSystem('session look-up', async (tx) => {
      const found = await this.sessions.findByToken(tx, this.keys.hmac('session', token));
      if (!found) throw this.refuse('unknown');
      const idleMs = now.getTime() - found.lastSeenAt.getTime();
      if (found.expiresAt <= now || idleMs >= IDLE_LIMIT_MS) throw this.refuse('expired');
      if (idleMs >= LAST_SEEN_PRECISION_MS) {
        await this.sessions.markSeen(tx, found, now, new Date(now.getTime() - LAST_SEEN_PRECISION_MS));
      }
      return found;
    });
    this.events.credentialAccepted('session', session.organizationId, session.id);
    return session;
  }

  /** Ending a session that does not exist changes nothing. */
  async end(caller: Caller, token: string): Promise<void> {
    requireRole(caller, 'edge');
    if (!isRandomBase62(token)) return;
    const tokenHmac = this.keys.hmac('session', token);
    const ended = await this.database.asSystem(
      'end of a session',
      async (tx) => await this.sessions.deleteByToken(tx, tokenHmac),
    );
    if (ended) this.events.sessionEnded();
  }

  private refuse(reason: RefusalReason<'session'>): DomainError {
    this.events.credentialRefused('session', reason);
    return refusal('session', reason);
  }
}
