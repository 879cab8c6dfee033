import type { DatabaseDefinition } from '@orbisvoice/service-kit/database';
import { AgentVersionEntity } from './agents/agent-version.entity.js';
import { AgentEntity } from './agents/agent.entity.js';
import { agentsMigrations } from './migrations.js';

export const agentsDatabase: DatabaseDefinition = {
  schema: 'agents',
  entities: [AgentEntity, AgentVersionEntity],
  migrations: agentsMigrations,
};
