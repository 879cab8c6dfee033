/** The smallest service there is: it answers with its own name, over real gRPC and HTTP. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Module, type DynamicModule } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { AgentsServiceService, type GetAgentResponse } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { CallerContexts, type Caller } from '../src/caller-context.js';
import { baseConfig, baseVariables, defineConfig, grpcConfig, grpcVariables, httpVariables } from '../src/config.js';
import { createGrpcClient, type GrpcClient, type GrpcClientOptions } from '../src/grpc-client.js';
import { startService, type RunningService } from '../src/service.js';

const INTERNAL_AUTH_SECRET = 'a-secret-for-tests-only-0123456789';
const CALLER: Caller = { subject: 'service:test', roles: ['edge'] };
/** So long that whatever stops the service comes in between. */
export const SLOW_ANSWER_MS = 2_000;

export interface NamedService extends RunningService {
  /** Resolves when a slow request has come in. */
  readonly slowStarted: Promise<void>;
}

/** `environment` may hold GRPC_HOST, GRPC_PORT and whatever every service knows. */
export async function startNamedService(name: string, environment: Record<string, string> = {}): Promise<NamedService> {
  let started = (): void => undefined;
  const slowStarted = new Promise<void>((resolve) => (started = resolve));
  const slowly = async () => {
    started();
    await sleep(SLOW_ANSWER_MS);
  };

  @Controller()
  class NameController {
    @GrpcMethod('AgentsService', 'getAgent')
    async getAgent({ id }: { id: string }): Promise<GetAgentResponse> {
      if (id === 'slow') await slowly();
      const unset = { config: undefined, createdAt: undefined, updatedAt: undefined };
      return { agent: { id, name, publishedVersion: 0, draftVersion: 0, revision: 0, ...unset } };
    }

    @Get('name')
    name(): string {
      return name;
    }

    @Get('slow')
    async slow(): Promise<string> {
      await slowly();
      return name;
    }
  }

  @Module({ controllers: [NameController] })
  class NameModule {}

  const running = await startService(
    {
      name: 'named',
      config: defineConfig('NAMED', { ...baseVariables, ...grpcVariables(0), ...httpVariables(0) }, (variables) => ({
        ...baseConfig(variables),
        grpc: grpcConfig(variables),
        http: { host: variables.HOST, port: variables.PORT },
      })),
      module: () => NameModule as unknown as DynamicModule,
      grpc: {
        definitions: { 'orbisvoice.agents.v1.AgentsService': AgentsServiceService },
        bind: (config) => config.grpc,
      },
      http: { bind: (config) => config.http },
    },
    {
      environment: {
        INTERNAL_AUTH_SECRET,
        LOG_LEVEL: 'silent',
        GRPC_HOST: '127.0.0.1',
        HOST: '127.0.0.1',
        ...environment,
      },
    },
  );
  return { ...running, slowStarted };
}

export interface NameClient {
  /** The name of the service that answered. */
  ask(options?: { slowly?: boolean }): Promise<string>;
  close(): void;
}

export function nameClient(address: string, options: Pick<GrpcClientOptions, 'tls'> = {}): NameClient {
  const client: GrpcClient<typeof AgentsServiceService> = createGrpcClient(AgentsServiceService, {
    serviceName: 'named',
    address,
    contexts: new CallerContexts(INTERNAL_AUTH_SECRET),
    ...options,
  });
  return {
    ask: async ({ slowly = false } = {}) =>
      (await client.getAgent({ id: slowly ? 'slow' : 'x' }, { caller: CALLER })).agent!.name,
    close: () => client.close(),
  };
}
