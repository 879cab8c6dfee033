/** The services that a call needs, as injectable gRPC clients. */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { AgentsServiceService } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { ToolsServiceService } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { TranscriptsServiceService } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient, type GrpcClient } from '@orbisvoice/service-kit/grpc-client';
import type { Config } from './config.js';

export const CONFIG = Symbol('CONFIG');

/** The gateway itself, where no tenant is known yet. */
export const GATEWAY_CALLER: Caller = { subject: 'service:voice-gateway', roles: ['edge'] };

@Injectable()
export class Clients implements OnApplicationShutdown {
  readonly accounts: GrpcClient<typeof AccountsServiceService>;
  readonly agents: GrpcClient<typeof AgentsServiceService>;
  readonly tools: GrpcClient<typeof ToolsServiceService>;
  readonly transcripts: GrpcClient<typeof TranscriptsServiceService>;

  constructor(@Inject(CONFIG) config: Config, @Inject(CallerContexts) contexts: CallerContexts) {
    const { addresses } = config;
    this.accounts = createGrpcClient(AccountsServiceService, {
      serviceName: 'accounts',
      address: addresses.accounts,
      contexts,
    });
    this.agents = createGrpcClient(AgentsServiceService, {
      serviceName: 'agents',
      address: addresses.agents,
      contexts,
    });
    this.tools = createGrpcClient(ToolsServiceService, { serviceName: 'tools', address: addresses.tools, contexts });
    this.transcripts = createGrpcClient(TranscriptsServiceService, {
      serviceName: 'transcripts',
      address: addresses.transcripts,
      contexts,
    });
  }

  onApplicationShutdown(): void {
    for (const client of [this.accounts, this.agents, this.tools, this.transcripts]) client.close();
  }
}
