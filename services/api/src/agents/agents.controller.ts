import { Body, Controller, Delete, Get, Headers, Inject, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { RequestCaller } from '../auth/identity.js';
import { AGENTS, type AgentsClient } from '../clients.js';
import { idParameter, type IdParameter } from '../http/fields.js';
import { LARGE_BODY_BYTES } from '../http/json-body.js';
import { Operation } from '../http/operation.decorator.js';
import { pageQuery, type PageQuery } from '../http/pages.js';
import { present } from '../http/timestamps.js';
import { answerAgent, ETAG_HEADER } from './agent-answer.js';
import { readAgentPage } from './agent-page.js';
import { toConfig } from './agent.mapping.js';
import {
  agentPageSchema,
  agentSchema,
  createAgentSchema,
  updateAgentSchema,
  type AgentJson,
  type CreateAgent,
  type UpdateAgent,
} from './agent.schemas.js';
import { parseIfMatch, staleRevision } from './etag.js';

@ApiTags('Agents')
@Controller('v1/agents')
export class AgentsController {
  constructor(@Inject(AGENTS) private readonly agents: AgentsClient) {}

  @Post()
  @Operation({
    operationId: 'createAgent',
    summary: 'Create an agent',
    description:
      'The agent starts with its configuration as the draft of version 1. Publish it before calls can reach it.',
    status: 201,
    response: agentSchema,
    responseDescription: 'The new agent.',
    responseHeaders: { ...ETAG_HEADER, Location: 'Where the agent can be read.' },
    body: true,
    maxBodyBytes: LARGE_BODY_BYTES,
  })
  async create(
    @Body({ schema: createAgentSchema }) body: CreateAgent,
    @RequestCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AgentJson> {
    const { agent } = await this.agents.createAgent({ name: body.name, config: toConfig(body.config) }, { caller });
    reply.header('location', `/v1/agents/${present(agent, 'agent').id}`);
    return answerAgent(agent, reply);
  }

  @Get()
  @Operation({
    operationId: 'listAgents',
    summary: 'List agents',
    description: 'Newest first.',
    status: 200,
    response: agentPageSchema,
    responseDescription: 'A page of agents.',
  })
  async list(@Query({ schema: pageQuery }) query: PageQuery, @RequestCaller() caller: Caller) {
    return await readAgentPage(this.agents, query, caller);
  }

  @Get(':id')
  @Operation({
    operationId: 'getAgent',
    summary: 'Read an agent',
    description: 'With the configuration of its draft, or of its published version when there is no draft.',
    status: 200,
    response: agentSchema,
    responseDescription: 'The agent.',
    responseHeaders: ETAG_HEADER,
    problems: { 404: {} },
  })
  async get(
    @Param({ schema: idParameter }) { id }: IdParameter,
    @RequestCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AgentJson> {
    const { agent } = await this.agents.getAgent({ id }, { caller });
    return answerAgent(agent, reply);
  }

  @Patch(':id')
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'The ETag that the change is based on. When the agent has changed since, the answer is 412.',
    schema: { type: 'string', pattern: String.raw`^(\*|(W/)?"\d{1,10}")$`, examples: ['"7"'] },
  })
  @Operation({
    operationId: 'updateAgent',
    summary: 'Change an agent',
    description:
      'Changes the name, the draft, or both. `config` replaces the whole configuration. A published version never changes: ' +
      'the first change after publishing opens the next version as draft.',
    status: 200,
    response: agentSchema,
    responseDescription: 'The changed agent.',
    responseHeaders: ETAG_HEADER,
    problems: {
      404: {},
      412: {
        detail: 'The agent has changed since revision 7. Read it again.',
        errors: [{ field: 'If-Match', message: "must be the agent's current ETag" }],
      },
    },
    body: true,
    maxBodyBytes: LARGE_BODY_BYTES,
  })
  async update(
    @Param({ schema: idParameter }) { id }: IdParameter,
    @Body({ schema: updateAgentSchema }) body: UpdateAgent,
    @Headers('if-match') ifMatch: string | undefined,
    @RequestCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AgentJson> {
    const expectedRevision = parseIfMatch(ifMatch);
    const change = { id, name: body.name, config: body.config && toConfig(body.config), expectedRevision };
    try {
      const { agent } = await this.agents.updateAgent(change, { caller });
      return answerAgent(agent, reply);
    } catch (error) {
      const isStale = error instanceof DomainError && error.kind === 'conflict' && expectedRevision !== undefined;
      throw isStale ? staleRevision(error, expectedRevision) : error;
    }
  }

  @Delete(':id')
  @Operation({
    operationId: 'deleteAgent',
    summary: 'Delete an agent',
    description: 'Its conversations stay.',
    status: 204,
    responseDescription: 'The agent is gone.',
    problems: { 404: {} },
  })
  async delete(@Param({ schema: idParameter }) { id }: IdParameter, @RequestCaller() caller: Caller): Promise<void> {
    await this.agents.deleteAgent({ id }, { caller });
  }
}
