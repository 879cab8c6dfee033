import { Injectable } from '@nestjs/common';
import type { PagePosition } from '@orbisvoice/service-kit/pages';
import { And, LessThanOrEqual, MoreThan, type EntityManager } from 'typeorm';
import type { ConversationKey } from '../append/append.repository.js';
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

  /**
   * Where a page of turns ends: the first that follows always, the others as long as all together are within the bytes. The size of a turn
   * is measured by what it is stored as, which is no less than it takes in a message. Undefined: nothing follows.
   */
  async turnPage(
    tx: EntityManager,
    key: ConversationKey,
    { after, size, maxBytes }: { after: number; size: number; maxBytes: number },
  ): Promise<{ last: number; isLast: boolean } | undefined> {
    const [row] = (await tx.query(
      `WITH next AS (
         SELECT sequence, octet_length(generated_text) + octet_length(heard_text) + octet_length(tool_calls::text) + 1024 AS bytes
         FROM transcripts.turns WHERE conversation_id = $1 AND organization_id = $2 AND sequence > $3
         ORDER BY sequence LIMIT $4
       ), placed AS (
         SELECT sequence, row_number() OVER (ORDER BY sequence) AS place, sum(bytes) OVER (ORDER BY sequence) AS sum FROM next
       )
       SELECT max(sequence) FILTER (WHERE place = 1 OR (sum <= $5 AND place < $4)) AS last, max(sequence) AS greatest FROM placed`,
      [key.id, key.organizationId, after, size + 1, maxBytes],
    )) as { last: number | null; greatest: number | null }[];
    if (!row || row.last === null) return undefined;
    return { last: row.last, isLast: row.last === row.greatest };
  }

  /** Those after `after`, up to `last` with it, in order. */
  async turns(tx: EntityManager, key: ConversationKey, after: number, last: number): Promise<TurnEntity[]> {
    const where = {
      conversationId: key.id,
      organizationId: key.organizationId,
      sequence: And(MoreThan(after), LessThanOrEqual(last)),
    };
    return await tx.find(TurnEntity, { where, order: { sequence: 'ASC' } });
  }
}
