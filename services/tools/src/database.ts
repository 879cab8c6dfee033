import type { DatabaseDefinition } from '@orbisvoice/service-kit/database';
import { toolsMigrations } from './migrations.js';
import { ToolEntity } from './tools/tool.entity.js';

/** Executions have no entity: their few statements depend on how Postgres resolves conflicts and are written as SQL. */
export const toolsDatabase: DatabaseDefinition = {
  schema: 'tools',
  entities: [ToolEntity],
  migrations: toolsMigrations,
};
