import { Module, type DynamicModule } from '@nestjs/common';
import { LOG } from '@orbisvoice/service-kit/log';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { Admission } from './admission/admission.js';
import { AdmissionMetrics } from './admission/admission-metrics.js';
import { createOrganizationCalls } from './admission/create-organization-calls.js';
import { EventLoopLag } from './admission/event-loop-lag.js';
import { Newcomers } from './admission/newcomers.js';
import { ORGANIZATION_CALLS } from './admission/organization-calls.js';
import { TokenTurns } from './admission/token-turns.js';
import { UnstartedSockets } from './admission/unstarted-sockets.js';
import { CallRegistry } from './calls/call-registry.js';
import { CALL_STORE } from './calls/handover/call-store.js';
import { createCallStore } from './calls/handover/create-call-store.js';
import { OrphanSweeper } from './calls/handover/orphan-sweeper.js';
import { ConversationLeases } from './calls/conversation-leases.js';
import { CallStarter } from './calls/call-starter.js';
import { Clients, CONFIG } from './clients.js';
import type { Config } from './config.js';
import { GatewayEvents } from './events.js';
import { MODEL_CHECK, ModelCheck } from './models/model-check.js';
import { ModelEvents } from './models/model-events.js';
import { ModelsController } from './models/models.controller.js';
import { CHECKS_PROVIDER, ProviderStanding } from './models/provider-standing.js';
import { GeminiProvider } from './provider/gemini/gemini-provider.js';
import { MeteredProvider } from './provider/metered-provider.js';
import { PROVIDER } from './provider/provider.js';
import { StreamGateway } from './stream/stream.gateway.js';

@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    const provider = new GeminiProvider(config.gemini);
    return {
      module: AppModule,
      controllers: [ModelsController],
      providers: [
        { provide: CONFIG, useValue: config },
        {
          provide: PROVIDER,
          inject: [Registry],
          useFactory: (registry: Registry) => new MeteredProvider(provider, registry),
        },
        { provide: MODEL_CHECK, useValue: new ModelCheck(provider) },
        { provide: CHECKS_PROVIDER, useValue: config.checksProvider },
        ModelEvents,
        ProviderStanding,
        {
          provide: CALL_STORE,
          inject: [LOG],
          useFactory: (log: Logger) => createCallStore(config.redisUrl, log),
        },
        GatewayEvents,
        { provide: EventLoopLag, useFactory: () => new EventLoopLag() },
        {
          provide: ORGANIZATION_CALLS,
          inject: [GatewayEvents],
          useFactory: (events: GatewayEvents) =>
            createOrganizationCalls(config, (error) => events.storeFailed('', error)),
        },
        Admission,
        UnstartedSockets,
        TokenTurns,
        Newcomers,
        AdmissionMetrics,
        Clients,
        CallRegistry,
        CallStarter,
        ConversationLeases,
        OrphanSweeper,
        StreamGateway,
      ],
    };
  }
}
