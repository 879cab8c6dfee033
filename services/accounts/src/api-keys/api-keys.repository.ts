import { Injectable } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { ApiKeyEntity } from './api-key.entity.js';

@Injectable()
export class ApiKeysRepository {
  async insert(tx: EntityManager, apiKey: ApiKeyEntity): Promise<void> {
    await tx.insert(ApiKeyEntity, apiKey);
  }

  async find(tx: EntityManager, organizationId: string, id: string): Promise<ApiKeyEntity | null> {
    return await tx.findOneBy(ApiKeyEntity, { organizationId, id });
  }

  async countUnrevoked(tx: EntityManager, organizationId: string): Promise<number> {
    return await tx.countBy(ApiKeyEntity, { organizationId, revokedAt: IsNull() });
  }

  /** Newest first. When there are more than `limit`, revoked ones make room. */
  async list(tx: EntityManager, organizationId: string, limit: number): Promise<ApiKeyEntity[]> {
    const apiKeys = await tx
      .createQueryBuilder(ApiKeyEntity, 'key')
      .where('key.organizationId = :organizationId', { organizationId })
      .orderBy('key.revokedAt IS NULL', 'DESC')
      .addOrderBy('key.createdAt', 'DESC')
      .limit(limit)
      .getMany();
    return apiKeys.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  }

  /** False when it was revoked before. */
  async revoke(tx: EntityManager, organizationId: string, id: string, at: Date): Promise<boolean> {
    const result = await tx.update(ApiKeyEntity, { organizationId, id, revokedAt: IsNull() }, { revokedAt: at });
    return result.affected === 1;
  }

  /** Of any organization: for `asSystem`. The HMAC is of a secret that only the key's holder has. */
  async findBySecret(tx: EntityManager, secretHmac: Buffer): Promise<ApiKeyEntity | null> {
    return await tx.findOneBy(ApiKeyEntity, { secretHmac });
  }

  /** Only when nobody else did since `staleBefore`. */
  async markUsed(tx: EntityManager, apiKey: ApiKeyEntity, at: Date, staleBefore: Date): Promise<void> {
    await tx.query(
      `UPDATE accounts.api_keys SET last_used_at = $3
       WHERE id = $1 AND organization_id = $2 AND (last_used_at IS NULL OR last_used_at <= $4)`,
      [apiKey.id, apiKey.organizationId, at, staleBefore],
    );
  }
}
