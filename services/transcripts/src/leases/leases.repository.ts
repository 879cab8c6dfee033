import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ConversationKey } from '../append/append.repository.js';
import { GATEWAY_LOST, type RecordedEvent } from '../append/append.requests.js';
import type { RenewRequest } from './leases.requests.js';

export interface LeaseOptions {
  leaseMs: number;
  /** Conversations are held in this process only. */
  onlyHolder: boolean;
}

/** Injection token of the `LeaseOptions`. */
export const LEASES = Symbol('LEASES');

/** Which open conversations nobody holds any more. */
export interface LostWhere {
  /** All that began before: null when others may hold them. */
  startedBefore: Date | null;
  /** Those whose holder has been silent for this long: null while nobody could have been heard. */
  silentMs: number | null;
}

export interface LostConversation extends ConversationKey {
  /** When its holder was last heard of. */
  seenAt: Date;
  /** The greatest stored sequence number. */
  lastSequence: number;
  committedSequence: number;
}

/** A holder of a release that doesn't renew: four hours are the longest call. */
const UNRENEWED_SILENCE = `interval '1 day'`;

@Injectable()
export class LeasesRepository {
  /** Locks in the order of ids, as every renewal does. Returns those that were ended meanwhile. */
  async renew(tx: EntityManager, { held }: RenewRequest): Promise<string[]> {
    const rows = (await tx.query(
      `WITH held AS (
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS h (id, organization_id, fence)
       ), found AS MATERIALIZED (
         SELECT c.id, c.end_reason, c.ended_sequence FROM transcripts.conversations c JOIN held USING (id, organization_id)
         WHERE c.fence <= held.fence AND (c.ended_sequence IS NULL OR c.end_reason = $4)
         ORDER BY c.id FOR UPDATE OF c
       ), renewed AS (
         UPDATE transcripts.conversations c SET seen_at = now() FROM found
         WHERE c.id = found.id AND found.ended_sequence IS NULL
       )
       SELECT id FROM found WHERE end_reason = $4`,
      [
        held.map(({ conversationId }) => conversationId),
        held.map(({ organizationId }) => organizationId),
        held.map(({ fence }) => fence),
        GATEWAY_LOST,
      ],
    )) as { id: string }[];
    return rows.map(({ id }) => id);
  }

  /** Locked until the transaction ends. What somebody works on is not lost. */
  async findLost(tx: EntityManager, where: LostWhere, limit: number): Promise<LostConversation[]> {
    const rows = (await tx.query(
      `SELECT c.id, c.organization_id, c.committed_sequence,
         GREATEST(c.seen_at, c.updated_at, c.started_at) AS seen_at,
         GREATEST(c.committed_sequence, (
           SELECT max(t.sequence) FROM transcripts.turns t
           WHERE t.conversation_id = c.id AND t.organization_id = c.organization_id)) AS last_sequence
       FROM transcripts.conversations c
       WHERE c.ended_sequence IS NULL AND (
         c.started_at < $1::timestamptz
         OR COALESCE(c.seen_at, GREATEST(c.updated_at, c.started_at) + ${UNRENEWED_SILENCE})
           < now() - $2::float8 * interval '1 millisecond')
       ORDER BY c.started_at LIMIT $3 FOR UPDATE OF c SKIP LOCKED`,
      [where.startedBefore, where.silentMs, limit],
    )) as LostRow[];
    return rows.map((row) => ({
      id: row.id,
      organizationId: row.organization_id,
      seenAt: row.seen_at,
      lastSequence: row.last_sequence,
      committedSequence: row.committed_sequence,
    }));
  }

  async end(tx: EntityManager, lost: LostConversation, end: RecordedEvent & { kind: 'conversation.ended' }) {
    const committed = lost.committedSequence === lost.lastSequence ? end.sequence : lost.committedSequence;
    await tx.query(
      `UPDATE transcripts.conversations
       SET ended_at = $3, ended_sequence = $4, end_reason = $5, end_detail = $6, committed_sequence = $7
       WHERE id = $1 AND organization_id = $2`,
      [lost.id, lost.organizationId, end.occurredAt, end.sequence, end.data.reason, end.data.detail, committed],
    );
  }
}

interface LostRow {
  id: string;
  organization_id: string;
  seen_at: Date;
  last_sequence: number;
  committed_sequence: number;
}
