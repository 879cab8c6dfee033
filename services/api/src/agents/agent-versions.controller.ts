import { Controller, Get, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { RequestCaller } from '../auth/identity.js';
import { AGENTS, type AgentsClient } from '../clients.js';
import { idParameter, type IdParameter } from '../http/fields.js';
import { Operation } from '../http/operation.decorator.js';
import { pageQuery, toPage, toPageRequest, type PageQuery } from '../http/pages.js';
import { answerAgent, ETAG_HEADER } from './agent-answer.js';
import { toAgentVersionJson, toModelCheckJson } from './agent.mapping.js';
import {
  agentSchema,
  agentVersionPageSchema,
  publishedAgentSchema,
  versionParameters,
  type AgentJson,
  type PublishedAgentJson,
} from './agent.schemas.js';

@ApiTags('Agents')
@Controller('v1/agents/:id')
export class AgentVersionsController {
  constructor(@Inject(AGENTS) private readonly agents: AgentsClient) {}

  @Get('versions')
  @Operation({
    operationId: 'listAgentVersions',
    summary: "List an agent's versions",
    description: 'Newest first, the draft included.',
    status: 200,
    response: agentVersionPageSchema,
    responseDescription: 'A page of versions.',
    problems: { 404: {} },
  })
  async list(
    @Param({ schema: idParameter }) { id }: IdParameter,
    @Query({ schema: pageQuery }) query: PageQuery,
    @RequestCaller() caller: Caller,
  ) {
    const request = { agentId: id, ...toPageRequest(query) };
    const { versions, nextPageToken } = await this.agents.listAgentVersions(request, { caller });
    return toPage(versions.map(toAgentVersionJson), nextPageToken);
  }

  @Post('publish')
  @Operation({
    operationId: 'publishAgent',
    summary: 'Publish the draft',
    description:
      'Calls get the draft from now on. Calls that run keep the version they started with. The model and the voice are tried with the ' +
      'provider first, for at most 4 s: what it refuses of them is answered with 400 and its own words. When it can not be asked, the draft is ' +
      'published, and `modelCheck` says so.',
    status: 200,
    response: publishedAgentSchema,
    responseDescription: 'The agent without a draft.',
    responseHeaders: ETAG_HEADER,
    problems: {
      404: {},
      409: { detail: 'The agent was changed while it was being published. Publish it again.' },
      412: {},
    },
  })
  async publish(
    @Param({ schema: idParameter }) { id }: IdParameter,
    @RequestCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PublishedAgentJson> {
    const { agent, modelCheck } = await this.agents.publishAgent({ id }, { caller });
    return { ...answerAgent(agent, reply), modelCheck: toModelCheckJson(modelCheck) };
  }

  @Post('versions/:version/restore')
  @Operation({
    operationId: 'restoreAgentVersion',
    summary: 'Restore an older version',
    description: "Copies the version's configuration into the draft. Publish to make calls use it.",
    status: 200,
    response: agentSchema,
    responseDescription: 'The agent with its new draft.',
    responseHeaders: ETAG_HEADER,
    problems: { 404: {} },
  })
  async restore(
    @Param({ schema: versionParameters }) { id, version }: { id: string; version: number },
    @RequestCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AgentJson> {
    const { agent } = await this.agents.restoreAgentVersion({ agentId: id, version }, { caller });
    return answerAgent(agent, reply);
  }
}
