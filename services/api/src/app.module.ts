import { Module, type DynamicModule } from '@nestjs/common';
import { AgentVersionsController } from './agents/agent-versions.controller.js';
import { AgentsController } from './agents/agents.controller.js';
import { PlainAgentsController } from './agents/plain-agents.controller.js';
import { API_CONFIG } from './api-config.token.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { Authenticator } from './auth/authenticator.js';
import { CredentialGate } from './auth/credential-gate.js';
import { SessionController } from './auth/session.controller.js';
import { TrustedOrigins } from './auth/trusted-origins.js';
import { CallTokensController } from './call-tokens/call-tokens.controller.js';
import { CallTokens } from './call-tokens/call-tokens.service.js';
import { clientProviders } from './clients.js';
import type { ApiConfig } from './config.js';
import { ConversationsController } from './conversations/conversations.controller.js';
import { Events } from './events.js';
import { PublicServices } from './grpc/public-services.js';
import { RpcAdmission } from './grpc/rpc-admission.js';
import { RateLimits } from './limits/rate-limits.js';
import { OrganizationController } from './organization/organization.controller.js';
import { Organizations } from './organization/organizations.service.js';
import { ToolsController } from './tools/tools.controller.js';

@Module({})
export class AppModule {
  static with(config: ApiConfig): DynamicModule {
    return {
      module: AppModule,
      controllers: [
        AgentsController,
        AgentVersionsController,
        ToolsController,
        ConversationsController,
        CallTokensController,
        ApiKeysController,
        OrganizationController,
        PlainAgentsController,
        SessionController,
      ],
      providers: [
        { provide: API_CONFIG, useValue: config },
        ...clientProviders,
        Authenticator,
        TrustedOrigins,
        RateLimits,
        CredentialGate,
        Organizations,
        CallTokens,
        RpcAdmission,
        PublicServices,
        Events,
      ],
    };
  }
}
