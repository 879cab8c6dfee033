import type { DatabaseDefinition } from '@orbisvoice/service-kit/database';
import { ApiKeyEntity } from './api-keys/api-key.entity.js';
import { AuditEntryEntity } from './audit/audit-entry.entity.js';
import { SpentCallTokenEntity } from './call-tokens/spent-call-token.entity.js';
import { accountsMigrations } from './migrations.js';
import { OrganizationEntity } from './organizations/organization.entity.js';
import { SessionEntity } from './sessions/session.entity.js';
import { SignInLinkEntity } from './sessions/sign-in-link.entity.js';

export const accountsDatabase: DatabaseDefinition = {
  schema: 'accounts',
  entities: [OrganizationEntity, ApiKeyEntity, SpentCallTokenEntity, SignInLinkEntity, SessionEntity, AuditEntryEntity],
  migrations: accountsMigrations,
};
