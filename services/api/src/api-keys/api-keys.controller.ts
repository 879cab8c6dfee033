import { Body, Controller, Delete, Get, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { ApiKey } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { Authenticator } from '../auth/authenticator.js';
import { RequestCaller } from '../auth/identity.js';
import { ACCOUNTS, type AccountsClient } from '../clients.js';
import { idParameter, type IdParameter } from '../http/fields.js';
import { Operation } from '../http/operation.decorator.js';
import { toPage } from '../http/pages.js';
import { present, toOptionalTime, toTime } from '../http/timestamps.js';
import {
  apiKeyPageSchema,
  createApiKeySchema,
  createdApiKeySchema,
  type ApiKeyJson,
  type CreateApiKey,
  type CreatedApiKeyJson,
} from './api-key.schemas.js';

const noQuery = z.strictObject({});

@ApiTags('API keys')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(
    @Inject(ACCOUNTS) private readonly accounts: AccountsClient,
    @Inject(Authenticator) private readonly authenticator: Authenticator,
  ) {}

  @Post()
  @Operation({
    operationId: 'createApiKey',
    summary: 'Create an API key',
    description: 'The answer is the only place where the secret is ever shown.',
    status: 201,
    response: createdApiKeySchema,
    responseDescription: 'The new key with its secret.',
    body: true,
  })
  async create(
    @Body({ schema: createApiKeySchema }) body: CreateApiKey,
    @RequestCaller() caller: Caller,
  ): Promise<CreatedApiKeyJson> {
    const expiresAt = body.expiresAt ? toTimestamp(new Date(body.expiresAt)) : undefined;
    const { apiKey, secret } = await this.accounts.createApiKey({ name: body.name, expiresAt }, { caller });
    return { ...toApiKeyJson(present(apiKey, 'API key')), secret };
  }

  @Get()
  @Operation({
    operationId: 'listApiKeys',
    summary: 'List API keys',
    description: 'Newest first, revoked ones included, at most 200. There is one page.',
    status: 200,
    response: apiKeyPageSchema,
    responseDescription: 'All keys of the organization, without their secrets.',
  })
  async list(@Query({ schema: noQuery }) _query: object, @RequestCaller() caller: Caller) {
    const { apiKeys } = await this.accounts.listApiKeys({}, { caller });
    return toPage(apiKeys.map(toApiKeyJson), '');
  }

  @Delete(':id')
  @Operation({
    operationId: 'revokeApiKey',
    summary: 'Revoke an API key',
    description: 'It stays in the list. Requests with it are refused within 10 s. Revoking it again changes nothing.',
    status: 204,
    responseDescription: 'The key is revoked.',
    problems: { 404: {} },
  })
  async revoke(@Param({ schema: idParameter }) { id }: IdParameter, @RequestCaller() caller: Caller): Promise<void> {
    await this.accounts.revokeApiKey({ id }, { caller });
    this.authenticator.forget('api-key', id);
  }
}

function toApiKeyJson(key: ApiKey): ApiKeyJson {
  return {
    id: key.id,
    name: key.name,
    preview: key.preview,
    createdAt: toTime(key.createdAt),
    expiresAt: toOptionalTime(key.expiresAt),
    revokedAt: toOptionalTime(key.revokedAt),
    lastUsedAt: toOptionalTime(key.lastUsedAt),
  };
}
