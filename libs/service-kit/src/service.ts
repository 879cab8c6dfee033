/** One way to start any service: configuration, log, metrics, health, database, doors; and one way to stop it. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Module,
  type DynamicModule,
  type INestApplicationContext,
  type INestMicroservice,
  type Type,
} from '@nestjs/common';
import type { ServiceDefinition as GrpcServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import type { NestMicroservice } from '@nestjs/microservices';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { CallerContexts } from './caller-context.js';
import { CallerGuard } from './caller-guard.js';
import { ConfigError, type BaseConfig, type ConfigDefinition, type Environment } from './config.js';
import { Database, type DatabaseAddress, type DatabaseDefinition } from './database.js';
import { CLOSE_MS } from './end-process.js';
import { GrpcDoor, type GrpcBinding } from './grpc-server.js';
import { serverCredentials, tlsProblems } from './grpc-tls.js';
import { Health } from './health.js';
import { createHttpApp, listenHttp } from './http-app.js';
import { KitModule, type KitProviders } from './kit.module.js';
import { createLog, nestLogger } from './log.js';
import { DomainRpcExceptionFilter } from './rpc-exception-filter.js';
import { DatabaseMetrics } from './telemetry/database-metrics.js';
import { registerBuildInfo } from './telemetry/build-info.js';
import { registerDependencyMetrics } from './telemetry/dependency-metrics.js';
import { RpcTelemetry } from './telemetry/rpc-telemetry.js';
import { startTracing, type Tracing } from './telemetry/tracing.js';
import { rpcValidationPipe } from './validation-pipe.js';

/** Holds the service's module and the kit together. */
@Module({})
class RootModule {}

interface Address {
  host: string;
  port: number;
}

export interface ServiceDefinition<Config extends BaseConfig> {
  /** Such as "agents". */
  name: string;
  /** What metrics call it: orbisvoice_<metricsName>_…. Default: the name. */
  metricsName?: string;
  config: ConfigDefinition<Config>;
  module(config: Config): Type | DynamicModule;
  grpc?: {
    /** By full service name, such as "orbisvoice.agents.v1.AgentsService". */
    definitions: Record<string, GrpcServiceDefinition>;
    bind(config: Config): GrpcBinding;
    /**
     * A door for the public: its handlers decide who may call, and a proxy in front ends TLS, as with HTTP. Without it the handlers are
     * Nest's controllers, and callers show a signed context and, when configured, a certificate.
     */
    public?: { implement(app: INestApplicationContext): Record<string, UntypedServiceImplementation> };
  };
  http?: {
    bind(config: Config): Address;
    /** Largest request body. Default 1 MiB. */
    bodyLimitBytes?: number;
    /** Addresses or CIDRs of proxies whose X-Forwarded-* headers are believed. Default: none. */
    trustedProxies?(config: Config): string[];
    /** Of every answer, unless its route has another value. */
    headers?(config: Config): Record<string, string>;
    /** Plugins, hooks and adapters, before the app listens. */
    configure?(app: NestFastifyApplication, config: Config): Promise<void> | void;
  };
  database?: DatabaseDefinition & { bind(config: Config): DatabaseAddress };
  /** What it does before its doors close, such as handing calls over, takes at most so long. Default: nothing. */
  leavesWithinMs?(config: Config): number;
}

const MAX_PUBLIC_REQUEST_BYTES = 1024 * 1024;
/** What one client has running is read before it is known who that is. */
const PUBLIC_GRPC_LIMITS = { maxMessageBytes: MAX_PUBLIC_REQUEST_BYTES, maxConcurrentStreams: 100 };

export interface RunningService {
  name: string;
  httpPort: number;
  grpcPort: number;
  registry: Registry;
  health: Health;
  log: Logger;
  /** `stop` should not take longer, with all that may be on its way. */
  stopWithinMs: number;
  /** For tests and `standalone`: `app.get(Class)`. */
  app: INestApplicationContext;
  /** Not ready from now on; after STOP_DELAY_MS doors closed, running work finished, database released. Safe to call twice. */
  stop(): Promise<void>;
}

export interface StartOptions {
  environment: Environment;
  log?: Logger;
}

/** @throws ConfigError with every problem of the environment */
export async function startService<Config extends BaseConfig>(
  definition: ServiceDefinition<Config>,
  options: StartOptions,
): Promise<RunningService> {
  const config = definition.config.load(options.environment);
  const problems = await tlsProblems(config.grpcTls);
  if (problems.length > 0) throw new ConfigError(problems);
  const log = options.log ?? createLog({ service: definition.name, level: config.logLevel });
  const tracing = await startTracing(config.tracing, { name: definition.name, log });
  const kit = createKit(definition, config, log, tracing);
  await kit.database?.start(kit.health);
  try {
    return await openDoors(definition, config, kit);
  } catch (error) {
    await kit.database?.stop();
    await tracing.shutdown();
    throw error;
  }
}

function createKit<Config extends BaseConfig>(
  definition: ServiceDefinition<Config>,
  config: Config,
  log: Logger,
  tracing: Tracing,
): KitProviders {
  const registry = new Registry();
  registry.setDefaultLabels({ service: definition.name });
  const prefix = `orbisvoice_${definition.metricsName ?? definition.name}`;
  const database = definition.database && createDatabase(definition.database, config, log, registry, prefix);
  const health = new Health();
  registerBuildInfo(registry, prefix);
  registerDependencyMetrics(registry, prefix, health);
  const contexts = new CallerContexts(config.internalAuthSecret);
  const rpcTelemetry = new RpcTelemetry(registry, prefix, tracing);
  return { log, registry, health, contexts, database, tracing, rpcTelemetry };
}

function createDatabase<Config extends BaseConfig>(
  definition: NonNullable<ServiceDefinition<Config>['database']>,
  config: Config,
  log: Logger,
  registry: Registry,
  prefix: string,
): Database {
  const metrics = new DatabaseMetrics(registry, prefix);
  const onTransaction = metrics.transactionEnded.bind(metrics);
  const onQuery = metrics.queryEnded.bind(metrics);
  const database = new Database({ ...definition, ...definition.bind(config), log, onTransaction, onQuery });
  metrics.watch(database);
  return database;
}

async function openDoors<Config extends BaseConfig>(
  definition: ServiceDefinition<Config>,
  config: Config,
  kit: KitProviders,
): Promise<RunningService> {
  const root: DynamicModule = {
    module: RootModule,
    imports: [KitModule.with(kit), definition.module(config)],
  };
  let app: INestApplicationContext;
  const publicDoor = definition.grpc?.public;
  const door =
    definition.grpc &&
    new GrpcDoor({
      ...definition.grpc.bind(config),
      definitions: definition.grpc.definitions,
      credentials: publicDoor ? undefined : serverCredentials(config.grpcTls),
      ...(publicDoor ? { implement: () => publicDoor.implement(app), ...PUBLIC_GRPC_LIMITS } : {}),
      telemetry: kit.rpcTelemetry,
      stopTimeoutMs: config.stop.timeoutMs,
    });
  const logger = nestLogger(kit.log);
  let httpPort = 0;
  if (definition.http) {
    const httpApp = await createHttpApp(root, {
      kit,
      logger,
      bodyLimitBytes: definition.http.bodyLimitBytes ?? MAX_PUBLIC_REQUEST_BYTES,
      trustedProxies: definition.http.trustedProxies?.(config) ?? [],
      stopTimeoutMs: config.stop.timeoutMs,
      headers: definition.http.headers?.(config) ?? {},
      configure: async (made) => await definition.http?.configure?.(made, config),
    });
    app = httpApp;
    if (door) {
      // Deferred: what is connected at once has been given its handlers already, and guards would come too late for them.
      const microservice = httpApp.connectMicroservice({ strategy: door }, { deferInitialization: true });
      leaveToHttp(microservice as NestMicroservice);
      guardDoor(microservice, kit, definition.name);
      await httpApp.startAllMicroservices();
    }
    httpPort = await listenHttp(httpApp, definition.http.bind(config));
  } else if (door) {
    const microservice = await NestFactory.createMicroservice(root, { strategy: door, logger, abortOnError: false });
    guardDoor(microservice, kit, definition.name);
    await microservice.listen();
    app = microservice;
  } else {
    app = await NestFactory.createApplicationContext(root, { logger, abortOnError: false });
  }
  const { name } = definition;
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= stopService(app, kit, config.stop.delayMs));
  kit.log.info({ httpPort, grpcPort: door?.boundPort ?? 0 }, 'started');
  const { registry, health, log } = kit;
  const { delayMs, timeoutMs } = config.stop;
  const stopWithinMs = delayMs + (definition.leavesWithinMs?.(config) ?? 0) + timeoutMs + CLOSE_MS;
  return { name, httpPort, grpcPort: door?.boundPort ?? 0, registry, health, log, stopWithinMs, app, stop };
}

/**
 * A service's WebSockets and its hooks belong to its HTTP door. For a door whose initialization is deferred Nest would call every
 * `onApplicationBootstrap` once more, and open the sockets again, through an adapter that is not there: it takes the app's only together
 * with its guards and pipes (`inheritAppConfig`).
 */
function leaveToHttp(microservice: NestMicroservice): void {
  microservice.setIsInitHookCalled(true);
  const none = async (): Promise<void> => undefined;
  Object.assign(microservice, { socketModule: { register: none, close: none } });
}

/** Who calls is verified, input is validated, errors cross whole. */
function guardDoor(microservice: INestMicroservice, kit: KitProviders, service: string): void {
  microservice.useGlobalGuards(new CallerGuard(kit.contexts, service));
  microservice.useGlobalFilters(new DomainRpcExceptionFilter(kit.log));
  microservice.useGlobalPipes(rpcValidationPipe());
}

async function stopService(app: INestApplicationContext, kit: KitProviders, delayMs: number): Promise<void> {
  kit.health.stop();
  if (delayMs > 0) await sleep(delayMs);
  await app.close();
  await kit.database?.stop();
  await kit.tracing.shutdown();
  kit.log.info('stopped');
}
