import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type * as rpc from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { RpcCaller } from '@orbisvoice/service-kit/caller-guard';
import { fromOptionalTimestamp, toOptionalTimestamp, toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { z } from 'zod';
import { text } from '@orbisvoice/service-kit/stored-text';
import type { ApiKeyEntity } from './api-key.entity.js';
import { ApiKeysService } from './api-keys.service.js';

const END_OF_YEAR_9999_S = 253_402_300_799n;

const timestamp = z.custom<rpc.ApiKey['createdAt'] & {}>((value) => {
  const { seconds, nanos } = value as { seconds: bigint; nanos: number };
  return seconds >= 0n && seconds <= END_OF_YEAR_9999_S && nanos >= 0 && nanos < 1e9;
}, 'must be a time from 1970 to 9999');

const createRequest = z.object({ name: text({ min: 1, max: 100 }), expiresAt: timestamp.optional() });
const revokeRequest = z.object({ id: z.uuid('must be a UUID').toLowerCase() });
const authenticateRequest = z.object({ secret: z.string() });

@Controller()
export class ApiKeysController {
  constructor(private readonly apiKeys: ApiKeysService) {}

  @GrpcMethod('AccountsService', 'createApiKey')
  async createApiKey(
    @Payload({ schema: createRequest }) request: rpc.CreateApiKeyRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.CreateApiKeyResponse> {
    const { name, expiresAt } = request;
    const { apiKey, secret } = await this.apiKeys.create(caller, name, fromOptionalTimestamp(expiresAt));
    return { apiKey: toMessage(apiKey), secret };
  }

  @GrpcMethod('AccountsService', 'listApiKeys')
  async listApiKeys(@RpcCaller() caller: Caller): Promise<rpc.ListApiKeysResponse> {
    return { apiKeys: (await this.apiKeys.list(caller)).map(toMessage) };
  }

  @GrpcMethod('AccountsService', 'revokeApiKey')
  async revokeApiKey(
    @Payload({ schema: revokeRequest }) request: rpc.RevokeApiKeyRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.RevokeApiKeyResponse> {
    return { apiKey: toMessage(await this.apiKeys.revoke(caller, request.id)) };
  }

  @GrpcMethod('AccountsService', 'authenticateApiKey')
  async authenticateApiKey(
    @Payload({ schema: authenticateRequest }) request: rpc.AuthenticateApiKeyRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.AuthenticateApiKeyResponse> {
    const { organizationId, id } = await this.apiKeys.authenticate(caller, request.secret);
    return { organizationId, apiKeyId: id };
  }
}

function toMessage(apiKey: ApiKeyEntity): rpc.ApiKey {
  return {
    id: apiKey.id,
    name: apiKey.name,
    preview: apiKey.preview,
    createdAt: toTimestamp(apiKey.createdAt),
    expiresAt: toOptionalTimestamp(apiKey.expiresAt),
    revokedAt: toOptionalTimestamp(apiKey.revokedAt),
    lastUsedAt: toOptionalTimestamp(apiKey.lastUsedAt),
  };
}
