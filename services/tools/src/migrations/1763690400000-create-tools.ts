import { tenantPolicy } from '@orbisvoice/service-kit/migrations';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateTools1763690400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TOOLS, ...EXECUTIONS]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward only.');
  }
}

const TOOLS = [
  `CREATE TABLE tools.tools (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    parameters_json_schema text NOT NULL,
    timeout_ms integer NOT NULL CHECK (timeout_ms > 0),
    kind text NOT NULL CHECK (kind IN ('http', 'built_in')),
    http_method text,
    http_url text,
    sealed_headers bytea,
    built_in_function text,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT tools_name UNIQUE (organization_id, name),
    CONSTRAINT tools_http_is_whole CHECK (kind <> 'http' OR (http_method IS NOT NULL AND http_url IS NOT NULL)),
    CONSTRAINT tools_built_in_is_whole CHECK (kind <> 'built_in' OR built_in_function IS NOT NULL)
  )`,
  `CREATE INDEX tools_by_creation ON tools.tools (organization_id, created_at DESC, id DESC)`,
  ...tenantPolicy('tools.tools'),
];

const EXECUTIONS = [
  // The primary key is what makes a run happen once. No reference to tools: outcomes outlive a deleted tool.
  `CREATE TABLE tools.executions (
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    tool_call_id text NOT NULL,
    tool_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'finished')),
    outcome text,
    result_json text,
    duration_ms integer,
    started_at timestamptz(3) NOT NULL,
    deadline_at timestamptz(3) NOT NULL,
    finished_at timestamptz(3),
    PRIMARY KEY (organization_id, conversation_id, tool_call_id),
    CONSTRAINT executions_finished_is_whole CHECK (
      state = 'running' OR (outcome IS NOT NULL AND result_json IS NOT NULL AND duration_ms IS NOT NULL)
    )
  )`,
  `CREATE INDEX executions_by_start ON tools.executions (started_at)`,
  ...tenantPolicy('tools.executions'),
];
