/** Promise clients over ts-proto service definitions: deadlines, the caller context and domain errors on every RPC. */
import { Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { CALLER_METADATA_KEY, type Caller, type CallerContexts } from './caller-context.js';
import { DomainError } from './errors.js';
import { fromGrpcError } from './grpc-errors.js';
import { clientCredentials, type GrpcTlsFiles } from './grpc-tls.js';
import type { RpcTelemetry } from './telemetry/rpc-telemetry.js';

interface MethodDefinition {
  path: string;
  requestSerialize: (value: never) => Buffer;
  responseDeserialize: (bytes: Buffer) => unknown;
}

export interface RpcOptions {
  caller: Caller;
  /** Default: the client's. */
  deadlineMs?: number;
  signal?: AbortSignal | undefined;
}

/** A method per unary RPC: `(request, {caller, …}) => Promise<response>`. Rejects with DomainError. */
export type GrpcClient<Definition> = {
  [Name in keyof Definition]: Definition[Name] extends {
    requestSerialize: (value: infer Request) => Buffer;
    responseDeserialize: (bytes: Buffer) => infer Response;
  }
    ? (request: Request, options: RpcOptions) => Promise<Response>
    : never;
} & { close(): void };

export interface GrpcClientOptions {
  /** Such as "agents": who the caller context is for, and what error sentences name. */
  serviceName: string;
  /** host:port, or dns:///host:port for a headless service. */
  address: string;
  contexts: CallerContexts;
  /** Default 5,000 ms. */
  deadlineMs?: number;
  /** Undefined: plain text. */
  tls?: GrpcTlsFiles | undefined;
  /** Given: each RPC is measured and traced. */
  telemetry?: RpcTelemetry | undefined;
}

/** RPCs that may be sent twice: they change nothing, or are idempotent by their contract. Others fail when the answer is lost. */
const REPEATABLE =
  /\/(Get|List|Resolve|Authenticate|AppendEvents|ClaimConversation|ExecuteTool|EnsureOrganization|RevokeApiKey|EndSession)[^/]*$/;

function serviceConfig(definition: object): string {
  const repeatable = (Object.values(definition) as MethodDefinition[]).filter(({ path }) => REPEATABLE.test(path));
  return JSON.stringify({
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig: [
      {
        name: repeatable.map(({ path }) => ({ service: path.split('/')[1], method: path.split('/')[2] })),
        retryPolicy: {
          maxAttempts: 3,
          initialBackoff: '0.1s',
          maxBackoff: '1s',
          backoffMultiplier: 2,
          retryableStatusCodes: ['UNAVAILABLE'],
        },
      },
    ],
  });
}

export function createGrpcClient<Definition extends object>(
  definition: Definition,
  options: GrpcClientOptions,
): GrpcClient<Definition> {
  const client = new Client(options.address, clientCredentials(options.tls), {
    'grpc.service_config': serviceConfig(definition),
    'grpc.max_receive_message_length': 16 * 1024 * 1024,
    'grpc.max_reconnect_backoff_ms': 2_000,
    // A server whose machine is gone says nothing: the connection is probed while something waits for an answer, so often that all
    // is normal again within 10 s, and with the patience that a request has.
    'grpc.keepalive_time_ms': 5_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.dns_min_time_between_resolutions_ms': 5_000,
    ...(options.telemetry ? { interceptors: [options.telemetry.clientInterceptor] } : {}),
  });
  const paths = (Object.values(definition) as MethodDefinition[]).map(({ path }) => path);
  options.telemetry?.announce('client', paths);
  const methods: Record<string, unknown> = { close: () => client.close() };
  for (const [name, method] of Object.entries(definition) as [string, MethodDefinition][]) {
    methods[name] = (request: never, rpc: RpcOptions) => callUnary(client, method, request, rpc, options);
  }
  return methods as GrpcClient<Definition>;
}

async function callUnary(
  client: Client,
  method: MethodDefinition,
  request: never,
  rpc: RpcOptions,
  options: GrpcClientOptions,
) {
  if (rpc.signal?.aborted) throw new DomainError('cancelled', 'The request was cancelled.');
  const metadata = new Metadata();
  metadata.set(CALLER_METADATA_KEY, await options.contexts.mint(rpc.caller, options.serviceName));
  const deadline = Date.now() + (rpc.deadlineMs ?? options.deadlineMs ?? 5_000);
  return await new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadata,
      { deadline },
      (error: ServiceError | null, response?: unknown) => {
        rpc.signal?.removeEventListener('abort', cancel);
        if (error) reject(fromGrpcError(error, options.serviceName));
        else resolve(response);
      },
    );
    const cancel = () => call.cancel();
    rpc.signal?.addEventListener('abort', cancel, { once: true });
  });
}
