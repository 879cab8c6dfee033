import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { RequestCaller } from '../auth/identity.js';
import { AGENTS, type AgentsClient } from '../clients.js';
import { Operation } from '../http/operation.decorator.js';
import { pageQuery, type PageQuery } from '../http/pages.js';
import { readAgentPage } from './agent-page.js';
import { agentPageSchema } from './agent.schemas.js';

/** The path without a version that the first customers were given (S0-20). */
@ApiTags('Agents')
@Controller('agents')
export class PlainAgentsController {
  constructor(@Inject(AGENTS) private readonly agents: AgentsClient) {}

  @Get()
  @Operation({
    operationId: 'listAgentsPlain',
    summary: 'List agents (unversioned path)',
    description: 'The same as `GET /v1/agents`. For a first `curl`; new code uses the versioned path.',
    status: 200,
    response: agentPageSchema,
    responseDescription: 'A page of agents.',
  })
  async list(@Query({ schema: pageQuery }) query: PageQuery, @RequestCaller() caller: Caller) {
    return await readAgentPage(this.agents, query, caller);
  }
}
