/** Nest's gRPC transport with what it lacks: it serves only once its handlers are there, knows its port, answers health checks. */
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { ServerGrpc } from '@nestjs/microservices';
import { HealthImplementation } from 'grpc-health-check';
import type { RpcTelemetry } from './telemetry/rpc-telemetry.js';

export interface GrpcBinding {
  host: string;
  /** 0: any free port; see `boundPort`. */
  port: number;
  /** Clients look their servers up again when a connection ends, so that new pods get their share. Default 5 min. */
  maxConnectionAgeMs?: number;
  /** What runs on such a connection may finish for this long. Default 30 s. */
  maxConnectionAgeGraceMs?: number;
}

export interface GrpcDoorOptions extends GrpcBinding {
  /** ts-proto definitions by full service name, such as "orbisvoice.agents.v1.AgentsService". */
  definitions: Record<string, ServiceDefinition>;
  credentials?: ServerCredentials | undefined;
  /** Handlers by full service name, asked for when the door opens. Undefined: Nest's controllers. */
  implement?: (() => Record<string, UntypedServiceImplementation>) | undefined;
  /** Largest request. Default 4 MiB. */
  maxMessageBytes?: number | undefined;
  /** RPCs that one connection may have running; more of them wait. Default: no limit. */
  maxConcurrentStreams?: number | undefined;
  /** How long running RPCs may take to finish when the door closes. Default 10 s. */
  stopTimeoutMs?: number;
  telemetry: RpcTelemetry;
}

const MAX_CONNECTION_AGE_MS = 5 * 60_000;
const MAX_CONNECTION_AGE_GRACE_MS = 30_000;
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
const STOP_TIMEOUT_MS = 10_000;
/** A client whose machine is gone says nothing: its connection is probed. */
const KEEPALIVE = { 'grpc.keepalive_time_ms': 30_000, 'grpc.keepalive_timeout_ms': 10_000 };

export class GrpcDoor extends ServerGrpc {
  boundPort = 0;
  private server: Server | undefined;
  private readonly health = new HealthImplementation({ '': 'SERVING' });

  constructor(private readonly door: GrpcDoorOptions) {
    const packages = Object.keys(door.definitions).map((name) => name.slice(0, name.lastIndexOf('.')));
    super({ package: [...new Set(packages)], packageDefinition: door.definitions });
  }

  override async createClient(): Promise<Server> {
    const { definitions, telemetry } = this.door;
    const methods = Object.values(definitions).flatMap((definition) => Object.values(definition));
    telemetry.announce(
      'server',
      methods.map(({ path }) => path),
    );
    const { maxConcurrentStreams } = this.door;
    this.server = new Server({
      interceptors: [telemetry.serverInterceptor],
      'grpc.max_receive_message_length': this.door.maxMessageBytes ?? MAX_MESSAGE_BYTES,
      'grpc.max_connection_age_ms': this.door.maxConnectionAgeMs ?? MAX_CONNECTION_AGE_MS,
      'grpc.max_connection_age_grace_ms': this.door.maxConnectionAgeGraceMs ?? MAX_CONNECTION_AGE_GRACE_MS,
      ...KEEPALIVE,
      ...(maxConcurrentStreams === undefined ? {} : { 'grpc.max_concurrent_streams': maxConcurrentStreams }),
    });
    return this.server;
  }

  override async start(callback?: () => void): Promise<void> {
    const { server } = this;
    if (!server) throw new Error('createClient comes first');
    const { definitions, implement } = this.door;
    if (implement) {
      for (const [name, handlers] of Object.entries(implement())) server.addService(definitions[name]!, handlers);
    } else await this.bindEvents();
    this.health.addToServer(server as never);
    this.boundPort = await new Promise<number>((resolve, reject) => {
      const address = `${this.door.host}:${this.door.port}`;
      const credentials = this.door.credentials ?? ServerCredentials.createInsecure();
      server.bindAsync(address, credentials, (error, port) =>
        error ? reject(withPort(error, this.door.port)) : resolve(port),
      );
    });
    callback?.();
  }

  /** Lets running RPCs finish for a while, then cuts them. */
  override async close(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = undefined;
    this.health.setStatus('', 'NOT_SERVING');
    const timer = setTimeout(() => server.forceShutdown(), this.door.stopTimeoutMs ?? STOP_TIMEOUT_MS);
    await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    clearTimeout(timer);
  }
}

/** The library says why in its message only, such as "No address added out of total 1 resolved errors: [listen EADDRINUSE: …]". */
function withPort(error: Error, port: number): Error {
  const code = /\b(EADDRINUSE|EACCES)\b/.exec(error.message)?.[1];
  return code === undefined ? error : Object.assign(error, { code, port });
}
