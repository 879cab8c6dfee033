import { tenantPolicy } from '@orbisvoice/service-kit/migrations';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAgents1763683200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...AGENTS, ...AGENT_VERSIONS]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward only.');
  }
}

const AGENTS = [
  `CREATE TABLE agents.agents (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    published_version integer NOT NULL DEFAULT 0,
    draft_version integer NOT NULL DEFAULT 0,
    revision integer NOT NULL DEFAULT 1,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    deleted_at timestamptz(3),
    UNIQUE (organization_id, id),
    CONSTRAINT agents_draft_is_newest CHECK (draft_version = 0 OR draft_version = published_version + 1),
    CONSTRAINT agents_has_a_version CHECK (draft_version > 0 OR published_version > 0)
  )`,
  `CREATE INDEX agents_by_creation ON agents.agents (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL`,
  ...tenantPolicy('agents.agents'),
];

const AGENT_VERSIONS = [
  // id exists for page tokens; (agent_id, version) is what everything else refers to.
  `CREATE TABLE agents.agent_versions (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    config jsonb NOT NULL,
    published_at timestamptz(3),
    restored_from_version integer NOT NULL DEFAULT 0,
    created_at timestamptz(3) NOT NULL,
    CONSTRAINT agent_versions_number UNIQUE (agent_id, version),
    FOREIGN KEY (organization_id, agent_id) REFERENCES agents.agents (organization_id, id) ON DELETE CASCADE
  )`,
  `CREATE INDEX agent_versions_of_organization ON agents.agent_versions (organization_id, agent_id)`,
  ...tenantPolicy('agents.agent_versions'),
];
