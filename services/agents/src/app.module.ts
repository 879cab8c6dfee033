import { Module, type DynamicModule } from '@nestjs/common';
import { AgentVersionsRepository } from './agents/agent-versions.repository.js';
import { AgentsController } from './agents/agents.controller.js';
import { AgentsRepository } from './agents/agents.repository.js';
import { AgentsService } from './agents/agents.service.js';
import { AgentsEvents } from './events.js';

@Module({})
export class AppModule {
  static with(): DynamicModule {
    return {
      module: AppModule,
      controllers: [AgentsController],
      providers: [AgentsService, AgentsRepository, AgentVersionsRepository, AgentsEvents],
    };
  }
}
