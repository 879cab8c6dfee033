import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type * as rpc from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { RpcCaller } from '@orbisvoice/service-kit/caller-guard';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { z } from 'zod';
import { SignInLinksService } from './sign-in-links.service.js';

const createRequest = z.object({ organizationId: z.uuid('must be a UUID').toLowerCase() });
const redeemRequest = z.object({ token: z.string() });

@Controller()
export class SignInLinksController {
  constructor(private readonly links: SignInLinksService) {}

  @GrpcMethod('AccountsService', 'createSignInLink')
  async createSignInLink(
    @Payload({ schema: createRequest }) request: rpc.CreateSignInLinkRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.CreateSignInLinkResponse> {
    const { token, expiresAt } = await this.links.create(caller, request.organizationId);
    return { token, expiresAt: toTimestamp(expiresAt) };
  }

  @GrpcMethod('AccountsService', 'redeemSignInLink')
  async redeemSignInLink(
    @Payload({ schema: redeemRequest }) request: rpc.RedeemSignInLinkRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.RedeemSignInLinkResponse> {
    const { sessionToken, expiresAt } = await this.links.redeem(caller, request.token);
    return { sessionToken, expiresAt: toTimestamp(expiresAt) };
  }
}
