import type { TokenUsage, ToolCallData, TurnTimingsData } from '@orbisvoice/service-kit/event-bus/conversation-events';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'transcripts', name: 'turns' })
export class TurnEntity {
  @PrimaryColumn('uuid', { name: 'conversation_id' })
  conversationId: string;

  @PrimaryColumn('integer')
  sequence: number;

  @Column('uuid', { name: 'organization_id' })
  organizationId: string;

  @Column('timestamptz', { name: 'occurred_at' })
  occurredAt: Date;

  @Column('text')
  role: 'user' | 'agent';

  @Column('text', { name: 'input_kind', nullable: true })
  inputKind: 'audio' | 'text' | null;

  @Column('text', { name: 'generated_text' })
  generatedText: string;

  @Column('text', { name: 'heard_text' })
  heardText: string;

  @Column('boolean')
  interrupted: boolean;

  @Column('timestamptz', { name: 'started_at' })
  startedAt: Date;

  @Column('timestamptz', { name: 'ended_at' })
  endedAt: Date;

  @Column('jsonb', { name: 'tool_calls' })
  toolCalls: ToolCallData[];

  @Column('jsonb', { nullable: true })
  usage: TokenUsage | null;

  @Column('jsonb', { nullable: true })
  timings: TurnTimingsData | null;
}
