import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('audit_log')
export class AuditEntryEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId: string;

  /** The caller's subject, such as "session:<id>", or "sign-in-link:<id>" for a person who is about to have a session. */
  @Column('text')
  actor: string;

  @Column('text')
  action: string;

  /** What was acted on: "api-key:<id>". */
  @Column('text')
  target: string;

  @Column({ type: 'timestamptz', precision: 3 })
  at: Date;

  @Column('jsonb')
  detail: Record<string, unknown>;
}
