import { Injectable } from '@nestjs/common';
import type { StartedData, TurnData } from '@orbisvoice/service-kit/event-bus/conversation-events';
import { MoreThan, type EntityManager } from 'typeorm';
import { ConversationEntity } from '../conversations/conversation.entity.js';
import type { RecordedEvent } from './append.requests.js';
import { TurnEntity } from './turn.entity.js';

export interface ConversationKey {
  organizationId: string;
  id: string;
}

type RecordedTurn = RecordedEvent & { data: TurnData };

@Injectable()
export class AppendRepository {
  /** False when there is one with that id, seen or unseen by this organization. Waits for a concurrent insertion. */
  async insertConversation(
    tx: EntityManager,
    key: ConversationKey,
    started: RecordedEvent & { data: StartedData },
    { fence, renewing }: { fence: number; renewing: boolean },
  ): Promise<boolean> {
    const inserted = await tx
      .createQueryBuilder()
      .insert()
      .into(ConversationEntity)
      .values({
        ...key,
        ...started.data,
        startedAt: started.occurredAt,
        committedSequence: started.sequence,
        fence,
        ...(renewing ? { seenAt: () => 'now()' } : {}),
      })
      .orIgnore()
      .returning('id')
      .updateEntity(false)
      .execute();
    return (inserted.raw as unknown[]).length > 0;
  }

  /** Locked until the transaction ends: events of one conversation are stored one request at a time. */
  async lockConversation(tx: EntityManager, key: ConversationKey): Promise<ConversationEntity | null> {
    return await tx.findOne(ConversationEntity, { where: { ...key }, lock: { mode: 'pessimistic_write' } });
  }

  /** Which of these sequence numbers are stored turns, and the greatest stored one, 0 when there is none. */
  async storedTurns(
    tx: EntityManager,
    key: ConversationKey,
    sequences: number[],
  ): Promise<{ known: number[]; last: number }> {
    const [row] = (await tx.query(
      `SELECT COALESCE(max(sequence), 0) AS last,
         COALESCE(array_agg(sequence) FILTER (WHERE sequence = ANY($3)), '{}') AS known
       FROM transcripts.turns WHERE conversation_id = $1 AND organization_id = $2
         AND (sequence = ANY($3) OR sequence = (
           SELECT max(sequence) FROM transcripts.turns WHERE conversation_id = $1 AND organization_id = $2))`,
      [key.id, key.organizationId, sequences],
    )) as { last: number; known: number[] }[];
    return row ?? { known: [], last: 0 };
  }

  /** In order. */
  async turnsAfter(
    tx: EntityManager,
    key: ConversationKey,
    sequence: number,
  ): Promise<Pick<TurnEntity, 'role' | 'startedAt' | 'sequence'>[]> {
    return await tx.find(TurnEntity, {
      select: { role: true, startedAt: true, sequence: true },
      where: { conversationId: key.id, organizationId: key.organizationId, sequence: MoreThan(sequence) },
      order: { sequence: 'ASC' },
    });
  }

  async insertTurns(tx: EntityManager, key: ConversationKey, turns: RecordedTurn[]): Promise<void> {
    if (turns.length === 0) return;
    const rows = turns.map(({ sequence, occurredAt, data }) => ({
      ...data,
      conversationId: key.id,
      organizationId: key.organizationId,
      sequence,
      occurredAt,
      startedAt: new Date(data.startedAt),
      endedAt: new Date(data.endedAt),
    }));
    await tx.createQueryBuilder().insert().into(TurnEntity).values(rows).updateEntity(false).execute();
  }

  /** The last of the turns that follow `sequence` without a gap; `sequence` itself when the next is missing. */
  async endOfRun(tx: EntityManager, key: ConversationKey, sequence: number): Promise<number> {
    const [row] = (await tx.query(
      `SELECT max(sequence) AS last FROM (
         SELECT sequence, row_number() OVER (ORDER BY sequence) AS place FROM transcripts.turns
         WHERE conversation_id = $1 AND organization_id = $2 AND sequence > $3
       ) later WHERE sequence = $3 + place`,
      [key.id, key.organizationId, sequence],
    )) as { last: number | null }[];
    return row?.last ?? sequence;
  }

  /** Somebody holds it. `reopen`: it was ended for nobody. */
  async hold(
    tx: EntityManager,
    key: ConversationKey,
    { renewing, reopen }: { renewing: boolean; reopen: boolean },
  ): Promise<void> {
    const end = { endedAt: null, endedSequence: null, endReason: null, endDetail: null };
    await tx.update(
      ConversationEntity,
      { ...key },
      { seenAt: renewing ? () => 'now()' : null, ...(reopen ? end : {}) },
    );
  }

  async updateConversation(
    tx: EntityManager,
    key: ConversationKey,
    changes: Partial<ConversationEntity>,
  ): Promise<void> {
    await tx.update(ConversationEntity, { ...key }, changes);
  }
}
