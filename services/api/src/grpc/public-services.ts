import { randomUUID } from 'node:crypto';
import { Metadata, type sendUnaryData, type ServerUnaryCall, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { Inject, Injectable } from '@nestjs/common';
import type { CreateCallTokenRequest, RevokeApiKeyRequest } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { signalOf } from '@orbisvoice/service-kit/caller-guard';
import { toDomainError, type DomainError } from '@orbisvoice/service-kit/errors';
import type { RpcOptions } from '@orbisvoice/service-kit/grpc-client';
import { Authenticator } from '../auth/authenticator.js';
import { callerOf, subjectOf, type Identity } from '../auth/identity.js';
import { CallTokens } from '../call-tokens/call-tokens.service.js';
import { ServiceClients } from '../clients.js';
import { Events } from '../events.js';
import { fullName, PUBLIC_METHODS, type PublicServiceName } from './public-definitions.js';
import { toRichStatus } from './rich-error.js';
import { RpcAdmission } from './rpc-admission.js';

type Answer = (request: never, options: RpcOptions) => Promise<unknown>;
type Call = ServerUnaryCall<never, unknown>;

/** The handlers of the public gRPC door: each RPC is admitted, then asked of the service that owns it, as its caller. */
@Injectable()
export class PublicServices {
  constructor(
    @Inject(ServiceClients) private readonly clients: ServiceClients,
    @Inject(RpcAdmission) private readonly admission: RpcAdmission,
    @Inject(CallTokens) private readonly callTokens: CallTokens,
    @Inject(Authenticator) private readonly authenticator: Authenticator,
    @Inject(Events) private readonly events: Events,
  ) {}

  /** By full service name. */
  handlers(): Record<string, UntypedServiceImplementation> {
    const names = Object.keys(PUBLIC_METHODS) as PublicServiceName[];
    return Object.fromEntries(names.map((name) => [fullName(PUBLIC_METHODS[name]), this.handlersOf(name)]));
  }

  private handlersOf(service: PublicServiceName): UntypedServiceImplementation {
    const own = service === 'accounts' ? this.accounts : {};
    const client = this.clients[service] as unknown as Record<string, Answer>;
    const handlers = Object.keys(PUBLIC_METHODS[service]).map((method) => {
      const answer = own[method] ?? client[method]!;
      return [method, (call: Call, callback: sendUnaryData<unknown>) => void this.handle(call, answer, callback)];
    });
    return Object.fromEntries(handlers) as UntypedServiceImplementation;
  }

  /** Where this edge has more to do than to ask. */
  private readonly accounts: Record<string, Answer> = {
    createCallToken: (request: CreateCallTokenRequest, options) => this.callTokens.mint(request, options),
    revokeApiKey: async (request: RevokeApiKeyRequest, options) => {
      const answer = await this.clients.accounts.revokeApiKey(request, options);
      this.authenticator.forget('api-key', request.id);
      return answer;
    },
  };

  /** Never rejects. */
  private async handle(call: Call, answer: Answer, callback: sendUnaryData<unknown>): Promise<void> {
    const startedAt = performance.now();
    const requestId = randomUUID();
    const trailer = new Metadata();
    trailer.set('x-request-id', requestId);
    let identity: Identity | undefined;
    let error: DomainError | undefined;
    try {
      identity = await this.admission.admit(call, requestId, trailer);
      const response = await answer(call.request, { caller: callerOf(identity), signal: signalOf(call) });
      callback(null, response, trailer);
    } catch (thrown) {
      error = toDomainError(thrown);
      callback(toRichStatus(error, trailer), null);
    }
    const subject = identity && subjectOf(identity);
    const durationMs = performance.now() - startedAt;
    this.events.rpcFinished({ requestId, method: call.getPath(), error, durationMs, subject });
  }
}
