import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type * as rpc from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { RpcCaller } from '@orbisvoice/service-kit/caller-guard';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { z } from 'zod';
import { SessionsService } from './sessions.service.js';

const sessionRequest = z.object({ sessionToken: z.string() });

@Controller()
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @GrpcMethod('AccountsService', 'authenticateSession')
  async authenticateSession(
    @Payload({ schema: sessionRequest }) request: rpc.AuthenticateSessionRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.AuthenticateSessionResponse> {
    const { organizationId, id, expiresAt } = await this.sessions.authenticate(caller, request.sessionToken);
    return { organizationId, sessionId: id, expiresAt: toTimestamp(expiresAt) };
  }

  @GrpcMethod('AccountsService', 'endSession')
  async endSession(
    @Payload({ schema: sessionRequest }) request: rpc.EndSessionRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.EndSessionResponse> {
    await this.sessions.end(caller, request.sessionToken);
    return {};
  }
}
