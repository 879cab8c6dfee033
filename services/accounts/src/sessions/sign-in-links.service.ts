import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { requireRole, type Caller } from '@orbisvoice/service-kit/caller-context';
import { Database } from '@orbisvoice/service-kit/database';
import { notFound, type DomainError } from '@orbisvoice/service-kit/errors';
import { AuditLogRepository } from '../audit/audit-log.repository.js';
import { Clock } from '../clock.js';
import { isRandomBase62, randomBase62 } from '../credentials/base62.js';
import { DerivedKeys } from '../credentials/derived-keys.js';
import { refusal, type RefusalReason } from '../credentials/refusals.js';
import { AccountsEvents } from '../events.js';
import { OrganizationsRepository } from '../organizations/organizations.repository.js';
import { SessionsService } from './sessions.service.js';
import type { SignInLinkEntity } from './sign-in-link.entity.js';
import { SignInLinksRepository } from './sign-in-links.repository.js';

const LIFETIME_MS = 24 * 60 * 60_000;

@Injectable()
export class SignInLinksService {
  constructor(
    private readonly database: Database,
    private readonly links: SignInLinksRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly sessions: SessionsService,
    private readonly auditLog: AuditLogRepository,
    private readonly keys: DerivedKeys,
    private readonly clock: Clock,
    private readonly events: AccountsEvents,
  ) {}

  /** @throws DomainError `not_found` */
  async create(caller: Caller, organizationId: string): Promise<{ token: string; expiresAt: Date }> {
    requireRole(caller, 'operator');
    const now = this.clock.now();
    const token = randomBase62();
    const link: SignInLinkEntity = {
      id: randomUUID(),
      organizationId,
      tokenHmac: this.keys.hmac('sign-in-link', token),
      createdAt: now,
      expiresAt: new Date(now.getTime() + LIFETIME_MS),
      usedAt: null,
    };
    await this.database.withTenant(organizationId, async (tx) => {
      if (!(await this.organizations.find(tx, organizationId))) throw notFound('organization', organizationId);
      await this.links.insert(tx, link);
      await this.auditLog.append(tx, {
        organizationId,
        actor: caller.subject,
        action: 'sign_in_link.created',
        target: `sign-in-link:${link.id}`,
        at: now,
      });
    });
    this.events.credentialIssued('sign_in_link', { organizationId, actor: caller.subject, id: link.id });
    return { token, expiresAt: link.expiresAt };
  }

  /** Spends the link and opens a session, both or neither. @throws DomainError `unauthenticated` */
  async redeem(caller: Caller, token: string): Promise<{ sessionToken: string; expiresAt: Date }> {
    requireRole(caller, 'edge');
    if (!isRandomBase62(token)) throw this.refuse('unknown');
    const now = this.clock.now();
    const { link, opened } = await this.database.asSystem('sign-in link look-up', async (tx) => {
      const found = await this.links.findByToken(tx, this.keys.hmac('sign-in-link', token));
      if (!found) throw this.refuse('unknown');
      if (found.usedAt) throw this.refuse('used');
      if (found.expiresAt <= now) throw this.refuse('expired');
      if (!(await this.links.use(tx, found, now))) throw this.refuse('used');
      const session = await this.sessions.open(tx, found.organizationId, now);
      await this.auditLog.append(tx, {
        organizationId: found.organizationId,
        actor: `sign-in-link:${found.id}`,
        action: 'session.opened',
        target: `session:${session.id}`,
        at: now,
      });
      return { link: found, opened: session };
    });
    const actor = `sign-in-link:${link.id}`;
    this.events.credentialAccepted('sign_in_link', link.organizationId, link.id);
    this.events.credentialIssued('session', { organizationId: link.organizationId, actor, id: opened.id });
    return { sessionToken: opened.token, expiresAt: opened.expiresAt };
  }

  private refuse(reason: RefusalReason<'sign_in_link'>): DomainError {
    this.events.credentialRefused('sign_in_link', reason);
    return refusal('sign_in_link', reason);
  }
}
