import { Controller, UseInterceptors } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type * as rpc from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { RpcCaller } from '@orbisvoice/service-kit/caller-guard';
import { appendRequest, claimRequest, type AppendRequest, type ClaimRequest } from '../append/append.requests.js';
import { AppendService } from '../append/append.service.js';
import { ClaimService } from '../append/claim.service.js';
import { RefusedWritesInterceptor } from '../append/refused-writes.interceptor.js';
import { renewRequest, type RenewRequest } from '../leases/leases.requests.js';
import { LeasesService } from '../leases/leases.service.js';
import { toCommittedTurnMessage, toConversationMessage, toStoredTurnMessage } from './conversations.messages.js';
import { getRequest, listRequest, type GetRequest } from './conversations.requests.js';
import { ConversationsService } from './conversations.service.js';

@Controller()
export class ConversationsController {
  constructor(
    private readonly appends: AppendService,
    private readonly claims: ClaimService,
    private readonly leases: LeasesService,
    private readonly conversations: ConversationsService,
  ) {}

  @GrpcMethod('TranscriptsService', 'appendEvents')
  @UseInterceptors(RefusedWritesInterceptor)
  async appendEvents(
    @Payload({ schema: appendRequest }) request: AppendRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.AppendEventsResponse> {
    return { committedSequence: await this.appends.append(caller, request) };
  }

  @GrpcMethod('TranscriptsService', 'claimConversation')
  async claimConversation(
    @Payload({ schema: claimRequest }) request: ClaimRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.ClaimConversationResponse> {
    const { lastSequence, turns, ended } = await this.claims.claim(caller, request);
    return { lastSequence, turns: turns.map(toCommittedTurnMessage), ended };
  }

  @GrpcMethod('TranscriptsService', 'renewConversations')
  async renewConversations(
    @Payload({ schema: renewRequest }) request: RenewRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.RenewConversationsResponse> {
    return await this.leases.renew(caller, request);
  }

  @GrpcMethod('TranscriptsService', 'listConversations')
  async listConversations(
    @Payload({ schema: listRequest }) request: rpc.ListConversationsRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.ListConversationsResponse> {
    const { conversations, nextPageToken } = await this.conversations.list(caller, request);
    return { conversations: conversations.map(toConversationMessage), nextPageToken };
  }

  @GrpcMethod('TranscriptsService', 'getConversation')
  async getConversation(
    @Payload({ schema: getRequest }) request: GetRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.GetConversationResponse> {
    const { conversation, turns, nextPageToken } = await this.conversations.get(caller, request);
    return { conversation: toConversationMessage(conversation), turns: turns.map(toStoredTurnMessage), nextPageToken };
  }
}
