import { Module, type DynamicModule } from '@nestjs/common';
import { CallerContexts } from '@orbisvoice/service-kit/caller-context';
import { RpcTelemetry } from '@orbisvoice/service-kit/telemetry/rpc-telemetry';
import { AgentVersionsRepository } from './agents/agent-versions.repository.js';
import { AgentsController } from './agents/agents.controller.js';
import { AgentsRepository } from './agents/agents.repository.js';
import { AgentsService } from './agents/agents.service.js';
import type { AgentsConfig } from './config.js';
import { AgentsEvents } from './events.js';
import { GatewayModelChecker, MODEL_CHECKER, noModelChecker } from './models/model-checker.js';

@Module({})
export class AppModule {
  static with({ voiceGatewayAddress: address, grpcTls: tls }: AgentsConfig): DynamicModule {
    return {
      module: AppModule,
      controllers: [AgentsController],
      providers: [
        AgentsService,
        AgentsRepository,
        AgentVersionsRepository,
        AgentsEvents,
        {
          provide: MODEL_CHECKER,
          inject: [CallerContexts, RpcTelemetry],
          useFactory: (contexts: CallerContexts, telemetry: RpcTelemetry) =>
            address === undefined ? noModelChecker : new GatewayModelChecker({ address, contexts, tls, telemetry }),
        },
      ],
    };
  }
}
