/** Typed gRPC clients of the four services behind this edge, and what `/health` says about them. */
import { Inject, Injectable, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { service as healthService } from 'grpc-health-check';
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { AgentsServiceService } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { ToolsServiceService } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { TranscriptsServiceService } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { createGrpcClient, type GrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { Health } from '@orbisvoice/service-kit/health';
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

const HEALTH_DEADLINE_MS = 1_500;
/** `/health` is public: however often it is asked, a dependency hears of it once in this time. */
const HEALTH_REUSE_MS = 1_000;

export function clientProviders(config: ApiConfig): Provider[] {
  const { accounts, agents, tools, transcripts } = config.addresses;
  return [
    clientProvider(ACCOUNTS, 'accounts', accounts, AccountsServiceService),
    clientProvider(AGENTS, 'agents', agents, AgentsServiceService),
    clientProvider(TOOLS, 'tools', tools, ToolsServiceService, TOOL_FIELD_NAMES),
    clientProvider(TRANSCRIPTS, 'transcripts', transcripts, TranscriptsServiceService),
    ClientLifecycle,
  ];
}

function clientProvider(
  token: symbol,
  serviceName: string,
  address: string,
  definition: object,
  names: FieldNames = {},
): Provider {
  return {
    provide: token,
    inject: [CallerContexts, Health],
    useFactory: (contexts: CallerContexts, health: Health) => {
      const client = createGrpcClient(definition, { serviceName, address, contexts });
      const probe = createGrpcClient(healthService as unknown as HealthService, { serviceName, address, contexts });
      health.add({
        name: serviceName,
        critical: false,
        check: reuse(() => check(probe, serviceName), HEALTH_REUSE_MS),
      });
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

/** The part of grpc.health.v1.Health that is asked. */
interface HealthService {
  Check: {
    requestSerialize: (value: { service: string }) => Buffer;
    responseDeserialize: (bytes: Buffer) => { status: string };
  };
}

async function check(probe: GrpcClient<HealthService>, serviceName: string): Promise<void> {
  const { status } = await probe.Check({ service: '' }, { caller: EDGE, deadlineMs: HEALTH_DEADLINE_MS });
  if (status !== 'SERVING') throw new Error(`the ${serviceName} service answers ${status}`);
}

function reuse(ask: () => Promise<void>, forMs: number): () => Promise<void> {
  let last: { at: number; answer: Promise<void> } | undefined;
  return () => {
    if (!last || Date.now() - last.at > forMs) last = { at: Date.now(), answer: ask() };
    return last.answer;
  };
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
