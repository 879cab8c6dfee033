import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

export type ExpiringTable = 'spent_call_tokens' | 'sign_in_links' | 'sessions';

const KEYS: Record<ExpiringTable, string> = { spent_call_tokens: 'jti', sign_in_links: 'id', sessions: 'id' };
export const EXPIRING_TABLES = Object.keys(KEYS) as ExpiringTable[];

@Injectable()
export class ExpiredCredentialsRepository {
  /** Deletes at most `limit` rows that expired before `before`, of any organization. Rows that another pod deletes are skipped. */
  async delete(tx: EntityManager, table: ExpiringTable, before: Date, limit: number): Promise<number> {
    const key = KEYS[table];
    const [, deleted] = await tx.query<[unknown[], number]>(
      `DELETE FROM accounts.${table} WHERE ${key} IN (
         SELECT ${key} FROM accounts.${table} WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [before, limit],
    );
    return deleted;
  }
}
