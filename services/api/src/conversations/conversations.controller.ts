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
  turnsQuery,
  type ConversationWithTurnsJson,
  type TurnsQuery,
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
    description:
      'With its turns, in order, page by page. A turn is there as soon as it is stored, also while the call runs.',
    status: 200,
    response: conversationWithTurnsSchema,
    responseDescription: 'The conversation and a page of its turns.',
    problems: { 404: {} },
  })
  async get(
    @Param({ schema: idParameter }) { id }: IdParameter,
    @Query({ schema: turnsQuery }) query: TurnsQuery,
    @RequestCaller() caller: Caller,
  ): Promise<ConversationWithTurnsJson> {
    const request = { id, ...toPageRequest(query) };
    const { conversation, turns, nextPageToken } = await this.transcripts.getConversation(request, { caller });
    const page = toPage(turns.map(toTurnJson), nextPageToken);
    return { ...toConversationJson(conversation), turns: page.items, nextCursor: page.nextCursor };
  }
}
