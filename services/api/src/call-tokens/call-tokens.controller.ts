import { Body, Controller, Headers, Inject, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { API_CONFIG } from '../api-config.token.js';
import { callerOf, RequestIdentity, type Identity } from '../auth/identity.js';
import { ACCOUNTS, AGENTS, type AccountsClient, type AgentsClient } from '../clients.js';
import type { ApiConfig } from '../config.js';
import { Operation } from '../http/operation.decorator.js';
import { toTime } from '../http/timestamps.js';
import {
  callTokenSchema,
  createCallTokenSchema,
  type CallTokenJson,
  type CreateCallToken,
} from './call-token.schemas.js';

@ApiTags('Calls')
@Controller('v1/call-tokens')
export class CallTokensController {
  constructor(
    @Inject(API_CONFIG) private readonly config: ApiConfig,
    @Inject(ACCOUNTS) private readonly accounts: AccountsClient,
    @Inject(AGENTS) private readonly agents: AgentsClient,
  ) {}

  @Post()
  @Operation({
    operationId: 'createCallToken',
    summary: 'Mint a call token',
    description:
      'A token with which a client may start one call with the agent within 60 s. Your backend mints it with an API key and ' +
      'hands it to its page: an API key never goes to a browser.',
    status: 201,
    response: callTokenSchema,
    responseDescription: 'The token and where to use it.',
    problems: {
      404: { errors: [{ field: 'agentId', message: 'must be an agent of the organization' }] },
      412: {
        detail: 'The agent has never been published.',
        errors: [{ field: 'agentId', message: 'must be a published agent' }],
      },
    },
    body: true,
  })
  async create(
    @Body({ schema: createCallTokenSchema }) body: CreateCallToken,
    @Headers('origin') requestOrigin: string | undefined,
    @RequestIdentity() identity: Identity,
  ): Promise<CallTokenJson> {
    const caller = callerOf(identity);
    await this.requirePublished(body.agentId, caller);
    const origin = body.origin ?? (identity.kind === 'session' ? requestOrigin : undefined) ?? '';
    const minted = await this.accounts.createCallToken({ agentId: body.agentId, origin }, { caller });
    return { token: minted.token, expiresAt: toTime(minted.expiresAt), url: this.config.voiceGatewayUrl };
  }

  private async requirePublished(agentId: string, caller: Caller): Promise<void> {
    try {
      await this.agents.resolveAgent({ agentId }, { caller });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const rule = AGENT_RULES.get(error.kind);
      if (rule === undefined) throw error;
      throw new DomainError(error.kind, error.message, {
        violations: [{ field: 'agentId', message: rule }],
        cause: error,
      });
    }
  }
}

const AGENT_RULES = new Map([
  ['failed_precondition', 'must be a published agent'],
  ['not_found', 'must be an agent of the organization'],
]);
