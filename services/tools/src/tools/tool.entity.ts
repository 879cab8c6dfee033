import { Column, Entity, PrimaryColumn } from 'typeorm';

export const TOOL_KINDS = ['http', 'built_in'] as const;
export type ToolKind = (typeof TOOL_KINDS)[number];
export type HttpToolMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

@Entity('tools')
export class ToolEntity {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text' })
  description: string;

  @Column({ name: 'parameters_json_schema', type: 'text' })
  parametersJsonSchema: string;

  @Column({ name: 'timeout_ms', type: 'integer' })
  timeoutMs: number;

  @Column({ type: 'text' })
  kind: ToolKind;

  @Column({ name: 'http_method', type: 'text', nullable: true })
  httpMethod: HttpToolMethod | null;

  @Column({ name: 'http_url', type: 'text', nullable: true })
  httpUrl: string | null;

  /** See header-vault.ts. */
  @Column({ name: 'sealed_headers', type: 'bytea', nullable: true })
  sealedHeaders: Buffer | null;

  @Column({ name: 'built_in_function', type: 'text', nullable: true })
  builtInFunction: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt: Date;
}
