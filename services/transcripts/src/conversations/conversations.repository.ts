import { Injectable } from '@nestjs/common';
import type { PagePosition } from '@orbisvoice/service-kit/pages';
import type { EntityManager } from 'typeorm';
import { TurnEntity } from '../append/turn.entity.js';
import { ConversationEntity } from './conversation.entity.js';

export interface ConversationFilter {
  organizationId: string;
  agentId: string | undefined;
}

@Injectable()
export class ConversationsRepository {
  /** Newest first, by start and id. */
  async list(
    tx: EntityManager,
    filter: ConversationFilter,
    page: { after: PagePosition | undefined; limit: number },
  ): Promise<ConversationEntity[]> {
    const query = tx
      .createQueryBuilder(ConversationEntity, 'c')
      .where('c.organization_id = :organizationId', { organizationId: filter.organizationId })
      .orderBy('c.started_at', 'DESC')
      .addOrderBy('c.id', 'DESC')
      .limit(page.limit);
    if (filter.agentId !== undefined) query.andWhere('c.agent_id = :agentId', { agentId: filter.agentId });
    if (page.after) {
      const { createdAt, id } = page.after;
      query.andWhere('(c.started_at, c.id) < (:createdAt, :id)', { createdAt, id });
    }
    return await query.getMany();
  }

  async find(tx: EntityManager, organizationId: string, id: string): Promise<ConversationEntity | null> {
    return await tx.findOneBy(ConversationEntity, { id, organizationId });
  }

  async turns(tx: EntityManager, organizationId: string, conversationId: string): Promise<TurnEntity[]> {
    return await tx.find(TurnEntity, { where: { conversationId, organizationId }, order: { sequence: 'ASC' } });
  }
}
