/** What happens to accounts: one method per business event, counter and log line together. Ids and kinds, never a secret. */
import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { LOG } from '@orbisvoice/service-kit/log';
import type { Logger } from 'pino';
import { Counter, Registry } from 'prom-client';
import type { ApiKeyEntity } from './api-keys/api-key.entity.js';
import { EXPIRING_TABLES, type ExpiringTable } from './credentials/expired-credentials.repository.js';
import { CREDENTIALS, refusalReasons, type Credential, type RefusalReason } from './credentials/refusals.js';

@Injectable()
export class AccountsEvents {
  private readonly organizations: Counter;
  private readonly issued: Counter<'credential'>;
  private readonly checks: Counter<'credential' | 'outcome'>;
  private readonly revoked: Counter;
  private readonly sessionsEnded: Counter;
  private readonly purged: Counter<'table'>;

  constructor(
    @Inject(LOG) private readonly log: Logger,
    registry: Registry,
  ) {
    const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
      new Counter<Label>({ name: `orbisvoice_accounts_${name}_total`, help, labelNames, registers: [registry] });
    this.organizations = counter('organizations_created', 'Organizations that were created');
    this.issued = counter('credentials_issued', 'Credentials that were issued, by kind', ['credential']);
    this.checks = counter('credential_checks', 'Credentials that were shown to us, by kind and outcome', [
      'credential',
      'outcome',
    ]);
    this.revoked = counter('api_keys_revoked', 'API keys that were revoked');
    this.sessionsEnded = counter('sessions_ended', 'Sessions that were ended before they expired');
    this.purged = counter('purged_rows', 'Rows of expired credentials that were deleted, by table', ['table']);
    for (const credential of CREDENTIALS) {
      this.issued.inc({ credential }, 0);
      for (const outcome of ['accepted', ...refusalReasons(credential)]) this.checks.inc({ credential, outcome }, 0);
    }
    for (const table of EXPIRING_TABLES) this.purged.inc({ table }, 0);
  }

  organizationCreated(organizationId: string, caller: Caller): void {
    this.organizations.inc();
    this.log.info({ organizationId, actor: caller.subject }, 'organization created');
  }

  credentialIssued(credential: Credential, details: { organizationId: string; actor: string; id: string }): void {
    this.issued.inc({ credential });
    this.log.info({ credential, ...details }, 'credential issued');
  }

  credentialAccepted(credential: Credential, organizationId: string, id: string): void {
    this.checks.inc({ credential, outcome: 'accepted' });
    this.log.debug({ credential, organizationId, id }, 'credential accepted');
  }

  credentialRefused<C extends Credential>(credential: C, reason: RefusalReason<C>): void {
    this.checks.inc({ credential, outcome: reason });
    this.log.info({ credential, reason }, 'credential refused');
  }

  apiKeyRevoked(apiKey: ApiKeyEntity, caller: Caller): void {
    this.revoked.inc();
    const { organizationId, id } = apiKey;
    this.log.info({ organizationId, id, actor: caller.subject }, 'API key revoked');
  }

  sessionEnded(): void {
    this.sessionsEnded.inc();
    this.log.info('session ended');
  }

  rowsPurged(table: ExpiringTable, rows: number): void {
    this.purged.inc({ table }, rows);
    this.log.info({ table, rows }, 'expired credentials deleted');
  }
}
