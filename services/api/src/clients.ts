/** Typed gRPC clients of the four services behind this edge, and what `/health` says about them. */
import { Inject, Injectable, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { AgentsServiceService } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { ToolsServiceService } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { TranscriptsServiceService } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { createGrpcClient, type GrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { GrpcHealthProbe } from '@orbisvoice/service-kit/grpc-health';
import { Health } from '@orbisvoice/service-kit/health';
import { RpcTelemetry } from '@orbisvoice/service-kit/telemetry/rpc-telemetry';
import { API_CONFIG } from './api-config.token.js';
import type { ApiConfig } from './config.js';
import { renameFields, TOOL_FIELD_NAMES, type FieldNames } from './http/field-names.js';

export type AccountsClient = GrpcClient<typeof AccountsServiceService>;
export type AgentsClient = GrpcClient<typeof AgentsServiceService>;
export type ToolsClient = GrpcClient<typeof ToolsServiceService>;
export type TranscriptsClient = GrpcClient<typeof TranscriptsServiceService>;

export const ACCOUNTS = Symbol('ACCOUNTS');
export const AGENTS = Symbol('AGENTS');
export const TOOLS = Symbol('TOOLS');
export const TRANSCRIPTS = Symbol('TRANSCRIPTS');

/** As whom this service checks credentials. */
export const EDGE: Caller = { subject: 'service:api', roles: ['edge'] };

/** The clients as the contracts have it: errors name fields as the .proto files do. */
@Injectable()
export class ServiceClients implements OnApplicationShutdown {
  readonly accounts: AccountsClient;
  readonly agents: AgentsClient;
  readonly tools: ToolsClient;
  readonly transcripts: TranscriptsClient;
  private readonly closing: (() => void)[] = [];

  constructor(
    @Inject(API_CONFIG) private readonly config: ApiConfig,
    @Inject(CallerContexts) private readonly contexts: CallerContexts,
    @Inject(Health) private readonly health: Health,
    @Inject(RpcTelemetry) private readonly telemetry: RpcTelemetry,
  ) {
    this.accounts = this.open('accounts', AccountsServiceService);
    this.agents = this.open('agents', AgentsServiceService);
    this.tools = this.open('tools', ToolsServiceService);
    this.transcripts = this.open('transcripts', TranscriptsServiceService);
  }

  onApplicationShutdown(): void {
    for (const close of this.closing) close();
  }

  private open<Definition extends object>(
    serviceName: keyof ApiConfig['addresses'],
    definition: Definition,
  ): GrpcClient<Definition> {
    const { contexts, telemetry } = this;
    const options = { serviceName, address: this.config.addresses[serviceName], contexts, tls: this.config.grpcTls };
    const client = createGrpcClient(definition, { ...options, telemetry });
    const probe = new GrpcHealthProbe(options, EDGE);
    // Nothing is served to anybody whose credentials can't be checked; the others are needed by some routes.
    this.health.add({
      name: serviceName,
      neededToStart: serviceName === 'accounts',
      check: () => probe.check(),
    });
    this.closing.push(client.close, () => probe.close());
    return client;
  }
}

/** For REST: the same clients, whose errors name fields as its callers know them. */
export const clientProviders: Provider[] = [
  ServiceClients,
  restClient(ACCOUNTS, 'accounts'),
  restClient(AGENTS, 'agents'),
  restClient(TOOLS, 'tools', TOOL_FIELD_NAMES),
  restClient(TRANSCRIPTS, 'transcripts'),
];

function restClient(token: symbol, name: keyof ApiConfig['addresses'], names: FieldNames = {}): Provider {
  return {
    provide: token,
    inject: [ServiceClients],
    useFactory: (clients: ServiceClients) => withFieldNames(clients[name] as unknown as Methods, names),
  };
}

type Methods = Record<string, (...parameters: unknown[]) => Promise<unknown>>;

function withFieldNames(client: Methods, names: FieldNames): Methods {
  const rename = (error: unknown): never => {
    throw error instanceof DomainError ? renameFields(error, names) : error;
  };
  return Object.fromEntries(
    Object.entries(client).map(([name, method]) => [
      name,
      (...parameters: unknown[]) => method(...parameters).catch(rename),
    ]),
  );
}
