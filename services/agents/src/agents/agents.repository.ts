import { Injectable } from '@nestjs/common';
import type { PageRequest } from '@orbisvoice/service-kit/pages';
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { AgentVersionEntity } from './agent-version.entity.js';
import { AgentEntity } from './agent.entity.js';

/** Queries on agents that are not deleted. */
@Injectable()
export class AgentsRepository {
  /** With its newest version: the draft or, without one, the published version. */
  async find(tx: EntityManager, organizationId: string, id: string): Promise<AgentEntity | null> {
    return await withNewestVersion(select(tx, organizationId)).andWhere('agent.id = :id', { id }).getOne();
  }

  /** With its published version; null there when it never was published. One query: call set-up waits for it. */
  async findPublished(tx: EntityManager, organizationId: string, id: string): Promise<AgentEntity | null> {
    return await select(tx, organizationId)
      .leftJoinAndMapOne(
        'agent.version',
        AgentVersionEntity,
        'version',
        'version.agentId = agent.id AND version.organizationId = agent.organizationId AND version.version = agent.publishedVersion',
      )
      .andWhere('agent.id = :id', { id })
      .getOne();
  }

  /** Without a version, and locked until the transaction ends, so that changes of one agent come one after the other. */
  async lock(tx: EntityManager, organizationId: string, id: string): Promise<AgentEntity | null> {
    return await select(tx, organizationId).andWhere('agent.id = :id', { id }).setLock('pessimistic_write').getOne();
  }

  /** Newest first, with their newest versions, one more than the page holds. */
  async list(tx: EntityManager, organizationId: string, page: PageRequest): Promise<AgentEntity[]> {
    const query = withNewestVersion(select(tx, organizationId))
      .orderBy('agent.createdAt', 'DESC')
      .addOrderBy('agent.id', 'DESC')
      .limit(page.size + 1);
    if (page.after) query.andWhere('(agent.createdAt, agent.id) < (:createdAt, :id)', page.after);
    return await query.getMany();
  }

  async insert(tx: EntityManager, agent: Omit<AgentEntity, 'version'>): Promise<void> {
    await tx.insert(AgentEntity, agent);
  }

  /** Writes the columns that can change. */
  async update(tx: EntityManager, agent: AgentEntity): Promise<void> {
    const { id, organizationId, name, publishedVersion, draftVersion, revision, updatedAt, deletedAt } = agent;
    await tx.update(
      AgentEntity,
      { id, organizationId },
      { name, publishedVersion, draftVersion, revision, updatedAt, deletedAt },
    );
  }
}

function select(tx: EntityManager, organizationId: string): SelectQueryBuilder<AgentEntity> {
  return tx
    .createQueryBuilder(AgentEntity, 'agent')
    .where('agent.organizationId = :organizationId AND agent.deletedAt IS NULL', { organizationId });
}

/** A draft's number is always the published one plus one, so the greater of the two is the newest. */
function withNewestVersion(query: SelectQueryBuilder<AgentEntity>): SelectQueryBuilder<AgentEntity> {
  return query.innerJoinAndMapOne(
    'agent.version',
    AgentVersionEntity,
    'version',
    'version.agentId = agent.id AND version.organizationId = agent.organizationId' +
      ' AND version.version = GREATEST(agent.draftVersion, agent.publishedVersion)',
  );
}
