/** The services that a call needs, as injectable gRPC clients, and what `/readyz` says about them. */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { AgentsServiceService } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { ToolsServiceService } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { TranscriptsServiceService } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient, type GrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { GrpcHealthProbe } from '@orbisvoice/service-kit/grpc-health';
import { Health } from '@orbisvoice/service-kit/health';
import { RpcTelemetry } from '@orbisvoice/service-kit/telemetry/rpc-telemetry';
import type { Config } from './config.js';

export const CONFIG = Symbol('CONFIG');

/** The gateway itself, where no tenant is known yet. */
export const GATEWAY_CALLER: Caller = { subject: 'service:voice-gateway', roles: ['edge'] };

/** What no call can start without. Tools are for some agents only, and events wait in the journal while `transcripts` is away. */
const NEEDED_TO_START = new Set<keyof Config['addresses']>(['accounts', 'agents']);

@Injectable()
export class Clients implements OnApplicationShutdown {
  readonly accounts: GrpcClient<typeof AccountsServiceService>;
  readonly agents: GrpcClient<typeof AgentsServiceService>;
  readonly tools: GrpcClient<typeof ToolsServiceService>;
  readonly transcripts: GrpcClient<typeof TranscriptsServiceService>;
  private readonly open: { close(): void }[] = [];

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CallerContexts) private readonly contexts: CallerContexts,
    @Inject(Health) private readonly health: Health,
    @Inject(RpcTelemetry) private readonly telemetry: RpcTelemetry,
  ) {
    this.accounts = this.connect(AccountsServiceService, 'accounts');
    this.agents = this.connect(AgentsServiceService, 'agents');
    this.tools = this.connect(ToolsServiceService, 'tools');
    this.transcripts = this.connect(TranscriptsServiceService, 'transcripts');
  }

  onApplicationShutdown(): void {
    for (const client of this.open) client.close();
  }

  private connect<Definition extends object>(
    definition: Definition,
    serviceName: keyof Config['addresses'],
  ): GrpcClient<Definition> {
    const { addresses, grpcTls: tls } = this.config;
    const options = { serviceName, address: addresses[serviceName], contexts: this.contexts, tls };
    const client = createGrpcClient(definition, { ...options, telemetry: this.telemetry });
    const probe = new GrpcHealthProbe(options, GATEWAY_CALLER);
    const neededToStart = NEEDED_TO_START.has(serviceName);
    this.health.add({ name: serviceName, neededToStart, check: () => probe.check() });
    this.open.push(client, probe);
    return client;
  }
}
