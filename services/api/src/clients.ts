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

export function clientProviders(config: ApiConfig): Provider[] {
  const { accounts, agents, tools, transcripts } = config.addresses;
  return [
    clientProvider(config, ACCOUNTS, 'accounts', accounts, AccountsServiceService),
    clientProvider(config, AGENTS, 'agents', agents, AgentsServiceService),
    clientProvider(config, TOOLS, 'tools', tools, ToolsServiceService, TOOL_FIELD_NAMES),
    clientProvider(config, TRANSCRIPTS, 'transcripts', transcripts, TranscriptsServiceService),
    ClientLifecycle,
  ];
}

function clientProvider(
  config: ApiConfig,
  token: symbol,
  serviceName: string,
  address: string,
  definition: object,
  names: FieldNames = {},
): Provider {
  return {
    provide: token,
    inject: [CallerContexts, Health, RpcTelemetry],
    useFactory: (contexts: CallerContexts, health: Health, telemetry: RpcTelemetry) => {
      const options = { serviceName, address, contexts, tls: config.grpcTls };
      const client = createGrpcClient(definition, { ...options, telemetry });
      const probe = new GrpcHealthProbe(options, EDGE);
      // Nothing is served to anybody whose credentials can't be checked; the others are needed by some routes.
      health.add({ name: serviceName, neededToStart: token === ACCOUNTS, check: () => probe.check() });
      const close = () => {
        client.close();
        probe.close();
      };
      return { ...withFieldNames(client as unknown as Methods, names), close };
    },
  };
}

type Methods = Record<string, (...parameters: unknown[]) => Promise<unknown>>;

/** The same client, whose errors name fields as callers of this edge know them. */
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

@Injectable()
export class ClientLifecycle implements OnApplicationShutdown {
  private readonly clients: { close(): void }[];

  constructor(
    @Inject(ACCOUNTS) accounts: AccountsClient,
    @Inject(AGENTS) agents: AgentsClient,
    @Inject(TOOLS) tools: ToolsClient,
    @Inject(TRANSCRIPTS) transcripts: TranscriptsClient,
  ) {
    this.clients = [accounts, agents, tools, transcripts];
  }

  onApplicationShutdown(): void {
    for (const client of this.clients) client.close();
  }
}
