import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row for each call token that was spent, kept until the token would have expired anyway. */
@Entity('spent_call_tokens')
export class SpentCallTokenEntity {
  @PrimaryColumn('uuid')
  jti: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId: string;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  expiresAt: Date;
}
