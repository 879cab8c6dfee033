import type { ConversationEventKind, ConversationFact } from '@orbisvoice/service-kit/event-bus/conversation-events';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An event that is stored and not yet on the bus. */
@Entity({ schema: 'transcripts', name: 'outbox' })
export class OutboxEntity {
  @PrimaryColumn('uuid', { default: () => 'gen_random_uuid()' })
  id: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId: string;

  @Column('uuid', { name: 'conversation_id' })
  conversationId: string;

  @Column('integer')
  sequence: number;

  @Column('text')
  kind: ConversationEventKind;

  @Column('timestamptz', { name: 'occurred_at' })
  occurredAt: Date;

  @Column('jsonb')
  data: ConversationFact['data'];

  /** Size of `data` as JSON. */
  @Column('integer')
  bytes: number;
}
