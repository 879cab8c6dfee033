import { AgentsServiceService } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import type { ServiceDefinition } from '@orbisvoice/service-kit/service';
import { AppModule } from './app.module.js';
import { agentsConfig, type AgentsConfig } from './config.js';
import { agentsDatabase } from './database.js';

export const agentsService: ServiceDefinition<AgentsConfig> = {
  name: 'agents',
  config: agentsConfig,
  module: (config) => AppModule.with(config),
  grpc: {
    definitions: { 'orbisvoice.agents.v1.AgentsService': AgentsServiceService },
    bind: (config) => config.grpc,
  },
  database: { ...agentsDatabase, bind: (config) => config.database },
};
