import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { requireRole, type Caller } from '@orbisvoice/service-kit/caller-context';
import { Database } from '@orbisvoice/service-kit/database';
import { DomainError, notFound } from '@orbisvoice/service-kit/errors';
import { AuditLogRepository } from '../audit/audit-log.repository.js';
import { memberOrganization } from '../callers.js';
import { Clock } from '../clock.js';
import { AccountsEvents } from '../events.js';
import type { OrganizationEntity } from './organization.entity.js';
import { OrganizationsRepository } from './organizations.repository.js';

@Injectable()
export class OrganizationsService {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationsRepository,
    private readonly auditLog: AuditLogRepository,
    private readonly clock: Clock,
    private readonly events: AccountsEvents,
  ) {}

  /** The organization with this slug, made when there is none. The name of one that exists stays. */
  async ensure(
    caller: Caller,
    slug: string,
    name: string,
  ): Promise<{ organization: OrganizationEntity; created: boolean }> {
    requireRole(caller, 'operator');
    const wanted: OrganizationEntity = { id: randomUUID(), name, slug, createdAt: this.clock.now() };
    const result = await this.database.asSystem('organization look-up by slug', async (tx) => {
      if (await this.organizations.insertUnlessThere(tx, wanted)) {
        await this.auditLog.append(tx, {
          organizationId: wanted.id,
          actor: caller.subject,
          action: 'organization.created',
          target: `organization:${wanted.id}`,
          at: wanted.createdAt,
          detail: { slug, name },
        });
        return { organization: wanted, created: true };
      }
      const organization = await this.organizations.findBySlug(tx, slug);
      if (!organization)
        throw new DomainError('conflict', 'The organization was deleted meanwhile.', { retryable: true });
      return { organization, created: false };
    });
    if (result.created) this.events.organizationCreated(wanted.id, caller);
    return result;
  }

  /** @throws DomainError `not_found` */
  async get(caller: Caller): Promise<OrganizationEntity> {
    const id = memberOrganization(caller);
    const organization = await this.database.withTenant(id, async (tx) => await this.organizations.find(tx, id));
    if (!organization) throw notFound('organization', id);
    return organization;
  }
}
