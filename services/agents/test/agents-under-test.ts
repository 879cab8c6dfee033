/** The agents service on a real Postgres, and clients that call it as somebody. */
import { randomUUID } from 'node:crypto';
import {
  AgentsServiceService,
  type AgentConfig,
  type CreateAgentRequest,
} from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient, type GrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { startService, type RunningService } from '@orbisvoice/service-kit/service';
import { createServiceDatabase, type ServiceDatabase } from '@orbisvoice/testing/service-database';
import { agentsDatabase } from '../src/database.js';
import { agentsService } from '../src/service.js';

export const INTERNAL_AUTH_SECRET = 'a-secret-for-tests-only-0123456789';

export interface AgentsUnderTest {
  service: RunningService;
  database: ServiceDatabase;
  client: GrpcClient<typeof AgentsServiceService>;
  stop(): Promise<void>;
}

export async function startAgents(environment: Record<string, string> = {}): Promise<AgentsUnderTest> {
  const database = await createServiceDatabase(agentsDatabase);
  const service = await startService(agentsService, {
    environment: {
      INTERNAL_AUTH_SECRET,
      LOG_LEVEL: 'silent',
      GRPC_HOST: '127.0.0.1',
      GRPC_PORT: '0',
      DATABASE_URL: database.url,
      ...environment,
    },
  });
  const client = clientOf(service, INTERNAL_AUTH_SECRET);
  const stop = async () => {
    client.close();
    await service.stop();
    await database.stop();
  };
  return { service, database, client, stop };
}

export function clientOf(service: RunningService, secret: string): GrpcClient<typeof AgentsServiceService> {
  return createGrpcClient(AgentsServiceService, {
    serviceName: 'agents',
    address: `127.0.0.1:${service.grpcPort}`,
    contexts: new CallerContexts(secret),
  });
}

export function member(organizationId: string = randomUUID()): { caller: Caller } {
  return { caller: { organizationId, subject: 'api-key:test', roles: ['member'] } };
}

export function config(changes: Partial<AgentConfig> = {}): AgentConfig {
  return {
    prompt: 'You take orders for a pizzeria.',
    greeting: '',
    voice: '',
    languageCode: '',
    model: '',
    toolIds: [],
    turnDetection: undefined,
    maxCallSeconds: 0,
    ...changes,
  };
}

export function newAgent(changes: Partial<CreateAgentRequest> = {}): CreateAgentRequest {
  return { name: 'Pizzeria', config: config(), ...changes };
}
