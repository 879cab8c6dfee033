import { Module, type DynamicModule } from '@nestjs/common';
import { OutboundClient } from '@orbisvoice/service-kit/outbound/outbound-client';
import { ArgumentChecks } from './arguments/argument-checks.js';
import { SchemaChecks } from './arguments/schema-checks.js';
import { TOOLS_CONFIG, type ToolsConfig } from './config.js';
import { ToolsEvents } from './events.js';
import { CircuitBreakers } from './executions/circuit-breakers.js';
import { ExecutionsPurge } from './executions/executions-purge.js';
import { ExecutionsController } from './executions/executions.controller.js';
import { ExecutionsRepository } from './executions/executions.repository.js';
import { ExecutionsService } from './executions/executions.service.js';
import { ToolRunner } from './executions/tool-runner.js';
import { HeaderVault } from './tools/header-vault.js';
import { ToolsController } from './tools/tools.controller.js';
import { ToolsRepository } from './tools/tools.repository.js';
import { ToolsService } from './tools/tools.service.js';

@Module({})
export class AppModule {
  static with(config: ToolsConfig): DynamicModule {
    return {
      module: AppModule,
      controllers: [ToolsController, ExecutionsController],
      providers: [
        { provide: TOOLS_CONFIG, useValue: config },
        { provide: HeaderVault, useValue: new HeaderVault(config.encryptionKey) },
        {
          provide: OutboundClient,
          useFactory: () => new OutboundClient({ ...config.outbound, userAgent: 'orbisvoice-tools' }),
        },
        ToolsService,
        ToolsRepository,
        ToolsEvents,
        ArgumentChecks,
        SchemaChecks,
        ExecutionsService,
        ExecutionsRepository,
        ExecutionsPurge,
        ToolRunner,
        CircuitBreakers,
      ],
    };
  }
}
