import type { ConversationChannel } from '@orbisvoice/service-kit/event-bus/conversation-events';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** bigint columns arrive as text. */
const bigintAsNumber = { to: (value: number) => value, from: (value: string) => Number(value) };

@Entity({ schema: 'transcripts', name: 'conversations' })
export class ConversationEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId: string;

  @Column('uuid', { name: 'agent_id' })
  agentId: string;

  @Column('text', { name: 'agent_name' })
  agentName: string;

  @Column('integer', { name: 'agent_version' })
  agentVersion: number;

  /** The agent's revision when the call was with its draft, else 0. */
  @Column('integer', { name: 'draft_revision' })
  draftRevision: number;

  @Column('text')
  channel: ConversationChannel;

  @Column('text')
  provider: string;

  @Column('text')
  model: string;

  @Column('text')
  subject: string;

  @Column('timestamptz', { name: 'started_at' })
  startedAt: Date;

  /** Null: still running, or its holder died a moment ago. */
  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt: Date | null;

  @Column('integer', { name: 'ended_sequence', nullable: true })
  endedSequence: number | null;

  @Column('text', { name: 'end_reason', nullable: true })
  endReason: string | null;

  @Column('text', { name: 'end_detail', nullable: true })
  endDetail: string | null;

  /** Everything up to and including this sequence number is stored. */
  @Column('integer', { name: 'committed_sequence' })
  committedSequence: number;

  @Column('integer', { name: 'turn_count' })
  turnCount: number;

  @Column('bigint', { name: 'prompt_tokens', transformer: bigintAsNumber })
  promptTokens: number;

  @Column('bigint', { name: 'response_tokens', transformer: bigintAsNumber })
  responseTokens: number;

  @Column('bigint', { name: 'total_tokens', transformer: bigintAsNumber })
  totalTokens: number;

  /** Size of all turns as JSON: what reading the whole conversation takes. */
  @Column('bigint', { name: 'turn_bytes', transformer: bigintAsNumber })
  turnBytes: number;

  /** The highest number a holder of the conversation came with. Holders with a lower one have been replaced. */
  @Column('integer')
  fence: number;

  /** When its holder was last heard of. Null: its holder is of a release that doesn't renew. */
  @Column('timestamptz', { name: 'seen_at', nullable: true })
  seenAt: Date | null;

  /** When an event was last stored. */
  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
