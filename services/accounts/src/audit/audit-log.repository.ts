import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditEntryEntity } from './audit-entry.entity.js';

export type AuditAction =
  | 'organization.created'
  | 'api_key.created'
  | 'api_key.revoked'
  | 'sign_in_link.created'
  | 'session.opened';

export interface AuditEntry {
  organizationId: string;
  actor: string;
  action: AuditAction;
  target: string;
  at: Date;
  /** No secrets: the log is kept longer than they are valid, and shown to more people. */
  detail?: Record<string, unknown>;
}

/** Append-only; the database refuses anything else (S0-28). */
@Injectable()
export class AuditLogRepository {
  /** Call it in the transaction of what it records: there is no act without its entry, and no entry without its act. */
  async append(tx: EntityManager, entry: AuditEntry): Promise<void> {
    await tx.insert(AuditEntryEntity, { ...entry, id: randomUUID(), detail: (entry.detail ?? {}) as object });
  }
}
