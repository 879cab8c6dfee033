import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type * as rpc from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { RpcCaller } from '@orbisvoice/service-kit/caller-guard';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { z } from 'zod';
import { CallTokensService } from './call-tokens.service.js';

const createRequest = z.object({
  agentId: z.uuid('must be a UUID').toLowerCase(),
  origin: z.string(),
  draft: z.boolean(),
});
const redeemRequest = z.object({ token: z.string(), agentId: z.string(), origin: z.string() });

@Controller()
export class CallTokensController {
  constructor(private readonly callTokens: CallTokensService) {}

  @GrpcMethod('AccountsService', 'createCallToken')
  async createCallToken(
    @Payload({ schema: createRequest }) request: rpc.CreateCallTokenRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.CreateCallTokenResponse> {
    const { token, expiresAt } = await this.callTokens.create(caller, request);
    return { token, expiresAt: toTimestamp(expiresAt), url: '' };
  }

  @GrpcMethod('AccountsService', 'redeemCallToken')
  async redeemCallToken(
    @Payload({ schema: redeemRequest }) request: rpc.RedeemCallTokenRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.RedeemCallTokenResponse> {
    const { token, agentId: wantedAgentId, origin } = request;
    const grant = await this.callTokens.redeem(caller, token, wantedAgentId, origin);
    const { organizationId, agentId, subject, draft } = grant;
    return { organizationId, agentId, subject, draft };
  }
}
