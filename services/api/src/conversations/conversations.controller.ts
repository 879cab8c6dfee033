import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { RequestCaller } from '../auth/identity.js';
import { TRANSCRIPTS, type TranscriptsClient } from '../clients.js';
import { idParameter, type IdParameter } from '../http/fields.js';
import { Operation } from '../http/operation.decorator.js';
import { toPage, toPageRequest } from '../http/pages.js';
import { toConversationJson, toTurnJson } from './conversation.mapping.js';
import {
  conversationPageSchema,
  conversationQuery,
  conversationWithTurnsSchema,
  type ConversationQuery,
  type ConversationWithTurnsJson,
} from './conversation.schemas.js';

@ApiTags('Conversations')
@Controller('v1/conversations')
export class ConversationsController {
  constructor(@Inject(TRANSCRIPTS) private readonly transcripts: TranscriptsClient) {}

  @Get()
  @Operation({
    operationId: 'listConversations',
    summary: 'List conversations',
    description: 'Newest first, those that still run included.',
    status: 200,
    response: conversationPageSchema,
    responseDescription: 'A page of conversations.',
  })
  async list(@Query({ schema: conversationQuery }) query: ConversationQuery, @RequestCaller() caller: Caller) {
    const request = { ...toPageRequest(query), agentId: query.agentId ?? '' };
    const { conversations, nextPageToken } = await this.transcripts.listConversations(request, { caller });
    return toPage(conversations.map(toConversationJson), nextPageToken);
  }

  @Get(':id')
  @Operation({
    operationId: 'getConversation',
    summary: 'Read a conversation',
    description: 'With its turns, in order. A turn is there as soon as it is stored, also while the call runs.',
    status: 200,
    response: conversationWithTurnsSchema,
    responseDescription: 'The conversation and its turns.',
    problems: { 404: {} },
  })
  async get(
    @Param({ schema: idParameter }) { id }: IdParameter,
    @RequestCaller() caller: Caller,
  ): Promise<ConversationWithTurnsJson> {
    const { conversation, turns } = await this.transcripts.getConversation({ id }, { caller });
    return { ...toConversationJson(conversation), turns: turns.map(toTurnJson) };
  }
}
