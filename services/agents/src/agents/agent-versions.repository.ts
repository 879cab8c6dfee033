import { Injectable } from '@nestjs/common';
import type { PageRequest } from '@orbisvoice/service-kit/pages';
import type { EntityManager } from 'typeorm';
import { AgentVersionEntity } from './agent-version.entity.js';

export interface VersionKey {
  organizationId: string;
  agentId: string;
  version: number;
}

@Injectable()
export class AgentVersionsRepository {
  async find(tx: EntityManager, key: VersionKey): Promise<AgentVersionEntity | null> {
    return await tx.findOneBy(AgentVersionEntity, key);
  }

  /** Newest first, one more than the page holds. Ordered by number: clocks of two pods may disagree, numbers can't. */
  async list(tx: EntityManager, agent: Omit<VersionKey, 'version'>, page: PageRequest): Promise<AgentVersionEntity[]> {
    const query = tx
      .createQueryBuilder(AgentVersionEntity, 'version')
      .where('version.organizationId = :organizationId AND version.agentId = :agentId', agent)
      .orderBy('version.version', 'DESC')
      .limit(page.size + 1);
    if (page.after) {
      const seen = query
        .subQuery()
        .select('last.version')
        .from(AgentVersionEntity, 'last')
        .where('last.id = :lastId AND last.organizationId = :organizationId AND last.agentId = :agentId')
        .getQuery();
      query.andWhere(`version.version < ${seen}`, { lastId: page.after.id });
    }
    return await query.getMany();
  }

  async insert(tx: EntityManager, version: AgentVersionEntity): Promise<void> {
    await tx.insert(AgentVersionEntity, version);
  }

  async update(
    tx: EntityManager,
    key: VersionKey,
    changes: Partial<Pick<AgentVersionEntity, 'config' | 'publishedAt' | 'restoredFromVersion'>>,
  ): Promise<void> {
    await tx.update(AgentVersionEntity, key, changes);
  }
}
