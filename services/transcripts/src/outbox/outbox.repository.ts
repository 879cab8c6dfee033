import { Injectable } from '@nestjs/common';
import type { ConversationEvent, ConversationEventKind } from '@orbisvoice/service-kit/event-bus/conversation-events';
import { In, type EntityManager } from 'typeorm';
import type { ConversationKey } from '../append/append.repository.js';
import type { RecordedEvent } from '../append/append.requests.js';
import { OutboxEntity } from './outbox.entity.js';

export interface ClaimLimits {
  conversations: number;
  events: number;
  bytes: number;
}

interface OutboxRow {
  id: string;
  organization_id: string;
  conversation_id: string;
  sequence: number;
  kind: ConversationEventKind;
  occurred_at: Date;
  data: object;
}

/** First key of the relay's advisory locks; the second is the conversation. */
const LOCK_SPACE = 0x6f757462; // "outb"
/** How far down the queue a relay looks for conversations that no other one holds. */
const LOOK_AHEAD = 1_000;

@Injectable()
export class OutboxRepository {
  async add(tx: EntityManager, key: ConversationKey, events: RecordedEvent[]): Promise<void> {
    const rows = events.map(({ sequence, kind, occurredAt, data, bytes }) => ({
      organizationId: key.organizationId,
      conversationId: key.id,
      sequence,
      kind,
      occurredAt,
      data,
      bytes,
    }));
    await tx.createQueryBuilder().insert().into(OutboxEntity).values(rows).updateEntity(false).execute();
  }

  /**
   * The oldest events of conversations that no other relay works on; they stay claimed until the transaction ends.
   * Two statements, so that the second sees what the former holder of the lock has deleted.
   */
  async claim(tx: EntityManager, limits: ClaimLimits): Promise<ConversationEvent[]> {
    const conversations = (await tx.query(
      `WITH oldest AS MATERIALIZED (
         SELECT conversation_id, position FROM transcripts.outbox ORDER BY position LIMIT $1
       ), waiting AS MATERIALIZED (
         SELECT conversation_id, min(position) AS first FROM oldest GROUP BY conversation_id ORDER BY first
       )
       SELECT conversation_id FROM waiting
       WHERE pg_try_advisory_xact_lock($2, hashtext(conversation_id::text)) LIMIT $3`,
      [LOOK_AHEAD, LOCK_SPACE, limits.conversations],
    )) as { conversation_id: string }[];
    if (conversations.length === 0) return [];
    const rows = (await tx.query(
      `WITH oldest AS MATERIALIZED (
         SELECT id, bytes, sum(bytes) OVER (ORDER BY position) AS total_bytes FROM transcripts.outbox
         WHERE conversation_id = ANY($1) ORDER BY position LIMIT $2
       )
       SELECT o.id, o.organization_id, o.conversation_id, o.sequence, o.kind, o.occurred_at, o.data
       FROM transcripts.outbox o JOIN oldest ON oldest.id = o.id
       WHERE oldest.total_bytes - oldest.bytes < $3
       ORDER BY o.position FOR UPDATE OF o SKIP LOCKED`,
      [conversations.map((row) => row.conversation_id), limits.events, limits.bytes],
    )) as OutboxRow[];
    return rows.map(toEvent);
  }

  async remove(tx: EntityManager, ids: string[]): Promise<void> {
    if (ids.length > 0) await tx.delete(OutboxEntity, { id: In(ids) });
  }

  async backlog(tx: EntityManager): Promise<{ pending: number; oldestSeconds: number }> {
    const [row] = (await tx.query(
      `SELECT count(*)::int AS pending,
         COALESCE(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest_seconds
       FROM transcripts.outbox`,
    )) as { pending: number; oldest_seconds: number }[];
    return { pending: row?.pending ?? 0, oldestSeconds: Math.max(0, row?.oldest_seconds ?? 0) };
  }
}

function toEvent(row: OutboxRow): ConversationEvent {
  return {
    id: row.id,
    organizationId: row.organization_id,
    conversationId: row.conversation_id,
    sequence: row.sequence,
    kind: row.kind,
    occurredAt: row.occurred_at.toISOString(),
    data: row.data,
  } as ConversationEvent;
}
