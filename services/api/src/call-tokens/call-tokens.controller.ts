import { Body, Controller, Headers, Inject, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { callerOf, RequestIdentity, type Identity } from '../auth/identity.js';
import { renameFields } from '../http/field-names.js';
import { Operation } from '../http/operation.decorator.js';
import { toTime } from '../http/timestamps.js';
import {
  callTokenSchema,
  createCallTokenSchema,
  type CallTokenJson,
  type CreateCallToken,
} from './call-token.schemas.js';
import { CallTokens } from './call-tokens.service.js';

@ApiTags('Calls')
@Controller('v1/call-tokens')
export class CallTokensController {
  constructor(@Inject(CallTokens) private readonly callTokens: CallTokens) {}

  @Post()
  @Operation({
    operationId: 'createCallToken',
    summary: 'Mint a call token',
    description:
      'A token with which a client may start one call with the agent, or with its draft, within 60 s. Your backend mints it with an API key and ' +
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
    const origin = body.origin ?? (identity.kind === 'session' ? requestOrigin : undefined) ?? '';
    try {
      const minted = await this.callTokens.mint(
        { agentId: body.agentId, origin, draft: body.draft ?? false },
        { caller: callerOf(identity) },
      );
      return { token: minted.token, expiresAt: toTime(minted.expiresAt), url: minted.url };
    } catch (error) {
      throw error instanceof DomainError ? renameFields(error) : error;
    }
  }
}
