/** The tools service on a real Postgres, and clients that call it as somebody. */
import { randomUUID } from 'node:crypto';
import {
  HttpMethod,
  ToolsServiceService,
  type ExecuteToolRequest,
  type HttpTool,
  type ToolDefinition,
} from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient, type GrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { startService, type RunningService } from '@orbisvoice/service-kit/service';
import { createServiceDatabase, type ServiceDatabase } from '@orbisvoice/testing/service-database';
import { toolsDatabase } from '../src/database.js';
import { toolsService } from '../src/service.js';

const INTERNAL_AUTH_SECRET = 'a-secret-for-tests-only-0123456789';

export type ToolsClient = GrpcClient<typeof ToolsServiceService>;

export interface ToolsUnderTest {
  service: RunningService;
  database: ServiceDatabase;
  client: ToolsClient;
  stop(): Promise<void>;
}

export async function startTools(environment: Record<string, string> = {}): Promise<ToolsUnderTest> {
  const database = await createServiceDatabase(toolsDatabase);
  const service = await startToolsOn(database, environment);
  const client = clientOf(service);
  const stop = async () => {
    client.close();
    await service.stop();
    await database.stop();
  };
  return { service, database, client, stop };
}

export async function startToolsOn(
  database: ServiceDatabase,
  environment: Record<string, string> = {},
): Promise<RunningService> {
  return await startService(toolsService, {
    environment: {
      INTERNAL_AUTH_SECRET,
      TOOLS_ENCRYPTION_KEY: 'an-encryption-key-for-tests-only-0123',
      LOG_LEVEL: 'silent',
      GRPC_HOST: '127.0.0.1',
      GRPC_PORT: '0',
      DATABASE_URL: database.url,
      ...environment,
    },
  });
}

export function clientOf(
  service: RunningService,
  { secret = INTERNAL_AUTH_SECRET, madeFor = 'tools' }: { secret?: string; madeFor?: string } = {},
): ToolsClient {
  return createGrpcClient(ToolsServiceService, {
    serviceName: madeFor,
    address: `127.0.0.1:${service.grpcPort}`,
    contexts: new CallerContexts(secret),
    deadlineMs: 20_000,
  });
}

export function member(organizationId: string = randomUUID()): { caller: Caller } {
  return { caller: { organizationId, subject: 'api-key:test', roles: ['member'] } };
}

export function httpTool(url: string, changes: Partial<HttpTool> = {}): ToolDefinition['kind'] {
  return { $case: 'http', value: { method: HttpMethod.HTTP_METHOD_POST, url, headers: {}, ...changes } };
}

export function definition(changes: Partial<ToolDefinition> = {}): ToolDefinition {
  return {
    name: `tool_${randomUUID().slice(0, 8)}`,
    description: 'Looks up an order. Use it when the caller asks for one.',
    parametersJsonSchema: '{"type":"object"}',
    timeoutMs: 0,
    kind: { $case: 'builtIn', value: { function: 'current_time' } },
    ...changes,
  };
}

export function execution(toolId: string, changes: Partial<ExecuteToolRequest> = {}): ExecuteToolRequest {
  return {
    toolId,
    conversationId: randomUUID(),
    toolCallId: `function-call-${Math.floor(Math.random() * 1e15)}`,
    argumentsJson: '{}',
    ...changes,
  };
}

/** A connection URL on which a tenant setting holds from the start, so that plain SQL sees what that setting shows. */
export function withSetting(url: string, setting: 'organization_id' | 'system_reason', value: string): string {
  const changed = new URL(url);
  changed.searchParams.set('options', `-c orbisvoice.${setting}=${value}`);
  return changed.href;
}

/** The value of one series, 0 when there is none yet. */
export async function metric(service: RunningService, name: string, labels: Record<string, string>): Promise<number> {
  const found = await service.registry.getSingleMetric(name)?.get();
  const matching = found?.values.filter((value) =>
    Object.entries(labels).every(([label, expected]) => (value.labels as Record<string, unknown>)[label] === expected),
  );
  return matching?.reduce((sum, { value }) => sum + value, 0) ?? 0;
}
