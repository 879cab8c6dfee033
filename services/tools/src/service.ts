import { ToolsServiceService } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import type { ServiceDefinition } from '@orbisvoice/service-kit/service';
import { AppModule } from './app.module.js';
import { toolsConfig, type ToolsConfig } from './config.js';
import { toolsDatabase } from './database.js';

export const toolsService: ServiceDefinition<ToolsConfig> = {
  name: 'tools',
  config: toolsConfig,
  module: (config) => AppModule.with(config),
  grpc: {
    definitions: { 'orbisvoice.tools.v1.ToolsService': ToolsServiceService },
    bind: (config) => config.grpc,
  },
  database: { ...toolsDatabase, bind: (config) => config.database },
};
