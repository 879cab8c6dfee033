import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StoredAgentConfig } from './agent-config.js';

@Entity('agent_versions')
export class AgentVersionEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId: string;

  @Column('uuid', { name: 'agent_id' })
  agentId: string;

  @Column('integer')
  version: number;

  @Column('jsonb')
  config: StoredAgentConfig;

  /** Null: a draft. */
  @Column({ type: 'timestamptz', name: 'published_at', precision: 3, nullable: true })
  publishedAt: Date | null;

  /** The version whose configuration this one has. 0: it was written, not restored. */
  @Column('integer', { name: 'restored_from_version' })
  restoredFromVersion: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt: Date;
}
