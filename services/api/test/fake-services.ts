/**
 * The four services behind the edge, as strict fakes over real gRPC: an RPC that a test does not expect fails, and every
 * RPC must carry a caller context that verifies.
 */
import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { AgentsServiceService } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { ToolsServiceService } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { TranscriptsServiceService } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { CALLER_METADATA_KEY, CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import type { GrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { toGrpcStatus } from '@orbisvoice/service-kit/grpc-errors';

const DEFINITIONS = {
  accounts: AccountsServiceService,
  agents: AgentsServiceService,
  tools: ToolsServiceService,
  transcripts: TranscriptsServiceService,
};
type Definitions = typeof DEFINITIONS;

type Handler<Method> = Method extends (request: infer Request, options: never) => Promise<infer Response>
  ? (request: Request, caller: Caller) => Response | Promise<Response>
  : never;

/** The answers of one service, by method. */
export type Answers<Name extends keyof Definitions> = {
  [Method in keyof Definitions[Name]]?: Handler<GrpcClient<Definitions[Name]>[Method]>;
};

export interface RecordedCall {
  method: string;
  request: Record<string, unknown>;
  caller: Caller;
}

export class FakeServices {
  readonly calls: RecordedCall[] = [];
  readonly unexpected: string[] = [];
  readonly health = new HealthImplementation({ '': 'SERVING' });
  private readonly server = new Server();
  private readonly contexts: CallerContexts;
  private readonly answers = new Map<string, (request: never, caller: Caller) => unknown>();
  address = '';

  constructor(secret: string) {
    this.contexts = new CallerContexts(secret);
  }

  async start(): Promise<void> {
    for (const [service, definition] of Object.entries(DEFINITIONS)) {
      const handlers = Object.keys(definition).map((method) => [method, this.handler(`${service}.${method}`)]);
      this.server.addService(definition as unknown as ServiceDefinition, Object.fromEntries(handlers));
    }
    this.health.addToServer(this.server as never);
    const port = await new Promise<number>((resolve, reject) => {
      const credentials = ServerCredentials.createInsecure();
      this.server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    this.address = `127.0.0.1:${port}`;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  /** From now on, until `reset`, these methods answer. */
  on<Name extends keyof Definitions>(service: Name, answers: Answers<Name>): void {
    for (const [method, answer] of Object.entries(answers)) this.answers.set(`${service}.${method}`, answer as never);
  }

  reset(): void {
    this.answers.clear();
    this.calls.length = 0;
    this.unexpected.length = 0;
  }

  callsOf(method: string): RecordedCall[] {
    return this.calls.filter((call) => call.method === method);
  }

  private handler(method: string) {
    return (call: ServerUnaryCall<never, unknown>, callback: sendUnaryData<unknown>) => {
      this.answer(method, call).then(
        (response) => callback(null, response),
        (error: unknown) => callback(toGrpcStatus(error)),
      );
    };
  }

  private async answer(method: string, call: ServerUnaryCall<never, unknown>): Promise<unknown> {
    const token = call.metadata.get(CALLER_METADATA_KEY)[0]?.toString();
    const caller = await this.contexts.verify(token, method.split('.')[0]!);
    this.calls.push({ method, request: call.request, caller });
    const answer = this.answers.get(method);
    if (!answer) {
      this.unexpected.push(method);
      throw new Error(`unexpected RPC ${method}`);
    }
    return await answer(call.request, caller);
  }
}
