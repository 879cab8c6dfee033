import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AgentVersionEntity } from './agent-version.entity.js';

@Entity('agents')
export class AgentEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId: string;

  @Column('text')
  name: string;

  /** 0: never published. */
  @Column('integer', { name: 'published_version' })
  publishedVersion: number;

  /** 0: no draft. Otherwise always publishedVersion + 1. */
  @Column('integer', { name: 'draft_version' })
  draftVersion: number;

  @Column('integer')
  revision: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3 })
  updatedAt: Date;

  /** Deleted agents keep their rows, so that a conversation's agent version can still be explained; no RPC shows them. */
  @Column({ type: 'timestamptz', name: 'deleted_at', precision: 3, nullable: true })
  deletedAt: Date | null;

  /** Not a column: the version that a query joined. */
  version?: AgentVersionEntity | null;
}
