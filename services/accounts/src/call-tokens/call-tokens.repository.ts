import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { SpentCallTokenEntity } from './spent-call-token.entity.js';

@Injectable()
export class CallTokensRepository {
  /** True for the first to spend this token, false for everybody after, also at the same moment. */
  async spend(tx: EntityManager, token: SpentCallTokenEntity): Promise<boolean> {
    const rows = await tx.query<unknown[]>(
      `INSERT INTO accounts.spent_call_tokens (jti, organization_id, expires_at) VALUES ($1, $2, $3)
       ON CONFLICT (jti) DO NOTHING RETURNING jti`,
      [token.jti, token.organizationId, token.expiresAt],
    );
    return rows.length === 1;
  }
}
