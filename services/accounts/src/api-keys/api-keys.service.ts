import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { requireRole, type Caller } from '@orbisvoice/service-kit/caller-context';
import { Database } from '@orbisvoice/service-kit/database';
import { DomainError, invalidField, notFound } from '@orbisvoice/service-kit/errors';
import { AuditLogRepository } from '../audit/audit-log.repository.js';
import { memberOrganization } from '../callers.js';
import { Clock } from '../clock.js';
import { DerivedKeys } from '../credentials/derived-keys.js';
import { refusal, type RefusalReason } from '../credentials/refusals.js';
import { AccountsEvents } from '../events.js';
import { OrganizationsRepository } from '../organizations/organizations.repository.js';
import { isApiKeySecret, makeApiKeySecret, previewOf } from './api-key-secret.js';
import type { ApiKeyEntity } from './api-key.entity.js';
import { ApiKeysRepository } from './api-keys.repository.js';

const MAX_UNREVOKED = 100;
const MAX_LISTED = 200;
const LAST_USED_PRECISION_MS = 60_000;

@Injectable()
export class ApiKeysService {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeysRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly auditLog: AuditLogRepository,
    private readonly keys: DerivedKeys,
    private readonly clock: Clock,
    private readonly events: AccountsEvents,
  ) {}

  /** @throws DomainError `invalid_argument`; `not_found` for an unknown organization; `resource_exhausted` above 100 keys */
  async create(
    caller: Caller,
    name: string,
    expiresAt: Date | undefined,
  ): Promise<{ apiKey: ApiKeyEntity; secret: string }> {
    const organizationId = memberOrganization(caller);
    const now = this.clock.now();
    if (expiresAt && expiresAt <= now) throw invalidField('expires_at', 'must lie in the future');
    const secret = makeApiKeySecret();
    const apiKey: ApiKeyEntity = {
      id: randomUUID(),
      organizationId,
      name,
      secretHmac: this.keys.hmac('api-key', secret),
      preview: previewOf(secret),
      createdAt: now,
      expiresAt: expiresAt ?? null,
      revokedAt: null,
      lastUsedAt: null,
    };
    await this.database.withTenant(organizationId, async (tx) => {
      if (!(await this.organizations.lock(tx, organizationId))) throw notFound('organization', organizationId);
      if ((await this.apiKeys.countUnrevoked(tx, organizationId)) >= MAX_UNREVOKED) {
        throw new DomainError(
          'resource_exhausted',
          `An organization has at most ${MAX_UNREVOKED} API keys that are not revoked. Revoke one first.`,
        );
      }
      await this.apiKeys.insert(tx, apiKey);
      await this.auditLog.append(tx, {
        organizationId,
        actor: caller.subject,
        action: 'api_key.created',
        target: `api-key:${apiKey.id}`,
        at: now,
        detail: { name, preview: apiKey.preview, expiresAt: apiKey.expiresAt?.toISOString() ?? null },
      });
    });
    this.events.credentialIssued('api_key', { organizationId, actor: caller.subject, id: apiKey.id });
    return { apiKey, secret };
  }

  async list(caller: Caller): Promise<ApiKeyEntity[]> {
    const organizationId = memberOrganization(caller);
    return await this.database.withTenant(
      organizationId,
      async (tx) => await this.apiKeys.list(tx, organizationId, MAX_LISTED),
    );
  }

  /** @throws DomainError `not_found` */
  async revoke(caller: Caller, id: string): Promise<ApiKeyEntity> {
    const organizationId = memberOrganization(caller);
    const now = this.clock.now();
    const { apiKey, revoked } = await this.database.withTenant(organizationId, async (tx) => {
      const revokedNow = await this.apiKeys.revoke(tx, organizationId, id, now);
      const found = await this.apiKeys.find(tx, organizationId, id);
      if (!found) throw notFound('API key', id);
      if (revokedNow) {
        await this.auditLog.append(tx, {
          organizationId,
          actor: caller.subject,
          action: 'api_key.revoked',
          target: `api-key:${id}`,
          at: now,
          detail: { name: found.name, preview: found.preview },
        });
      }
      return { apiKey: found, revoked: revokedNow };
    });
    if (revoked) this.events.apiKeyRevoked(apiKey, caller);
    return apiKey;
  }

  /** @throws DomainError `unauthenticated` */
  async authenticate(caller: Caller, secret: string): Promise<ApiKeyEntity> {
    requireRole(caller, 'edge');
    if (!isApiKeySecret(secret)) throw this.refuse('malformed');
    const now = this.clock.now();
    const apiKey = await this.database.asSystem('API key look-up', async (tx) => {
      const found = await this.apiKeys.findBySecret(tx, this.keys.hmac('api-key', secret));
      if (!found) throw this.refuse('unknown');
      if (found.revokedAt) throw this.refuse('revoked');
      if (found.expiresAt && found.expiresAt <= now) throw this.refuse('expired');
      const staleBefore = new Date(now.getTime() - LAST_USED_PRECISION_MS);
      // Most uses write nothing: the row is at most a minute behind.
      if (!found.lastUsedAt || found.lastUsedAt <= staleBefore)
        await this.apiKeys.markUsed(tx, found, now, staleBefore);
      return found;
    });
    this.events.credentialAccepted('api_key', apiKey.organizationId, apiKey.id);
    return apiKey;
  }

  private refuse(reason: RefusalReason<'api_key'>): DomainError {
    this.events.credentialRefused('api_key', reason);
    return refusal('api_key', reason);
  }
}
