/** Every service in one process on a throw-away Postgres, with the simulator as provider: what the whole-system tests run against. */
import { startTemporaryPostgres } from '@orbisvoice/embedded-postgres/temporary-postgres';
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import type { Environment } from '@orbisvoice/service-kit/config';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { createLog } from '@orbisvoice/service-kit/log';
import { startPlatform, type Platform } from '@orbisvoice/standalone/platform';
import { newSecrets } from '@orbisvoice/standalone/secrets';
import { ApiClient } from './api-client.js';

export interface TestPlatform {
  platform: Platform;
  /** Acts for an organization of its own. */
  api: ApiClient;
  /** Another organization, for what must not be seen. */
  stranger: ApiClient;
  internalAuthSecret: string;
  stop(): Promise<void>;
}

export interface TestPlatformOptions {
  environment?: Environment;
  web?: boolean;
  /** False: gateways run in processes of their own. */
  voiceGateway?: boolean;
  webPort?: number;
  gemini?: { apiKey: string; baseUrl: string; model?: string };
}

export async function startTestPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const postgres = await startTemporaryPostgres();
  const secrets = newSecrets();
  const platform = await startPlatform({
    databaseUrl: await postgres.createDatabase(),
    secrets,
    ports: {
      api: 0,
      apiGrpc: 0,
      web: options.webPort ?? 0,
      voiceGateway: options.voiceGateway === false ? 1 : 0,
      simulator: 0,
      metrics: 0,
    },
    web: options.web ?? false,
    voiceGateway: options.voiceGateway ?? true,
    gemini: options.gemini,
    environment: {
      RATE_LIMIT_REQUESTS: '100000',
      SIGN_IN_RATE_LIMIT_REQUESTS: '1000',
      // This process plays all the callers and their model, too: its lag says nothing about a gateway.
      VOICE_GATEWAY_MAX_EVENT_LOOP_LAG_MS: '60000',
      ...options.environment,
    },
    log: (service) => createLog({ service, level: process.env['TEST_LOG_LEVEL'] ?? 'silent' }),
  });
  const { internalAuthSecret } = secrets;
  const { apiUrl, addresses } = platform;
  return {
    platform,
    internalAuthSecret,
    api: await newOrganization({ apiUrl, accounts: addresses.accounts }, internalAuthSecret, 'tests'),
    stranger: await newOrganization({ apiUrl, accounts: addresses.accounts }, internalAuthSecret, 'strangers'),
    stop: async () => {
      await platform.stop();
      await postgres.stop();
    },
  };
}

/** An organization with an API key. `accounts`: address of that service. */
export async function newOrganization(
  { apiUrl, accounts: address }: { apiUrl: string; accounts: string },
  secret: string,
  slug: string,
): Promise<ApiClient> {
  const contexts = new CallerContexts(secret);
  const accounts = createGrpcClient(AccountsServiceService, {
    serviceName: 'accounts',
    address,
    contexts,
  });
  const operator: Caller = { subject: 'service:tests', roles: ['operator'] };
  const { organization } = await accounts.ensureOrganization({ slug, name: slug }, { caller: operator });
  const member: Caller = { organizationId: organization!.id, subject: 'service:tests', roles: ['member'] };
  const { secret: apiKey } = await accounts.createApiKey({ name: 'tests', expiresAt: undefined }, { caller: member });
  accounts.close();
  return new ApiClient(apiUrl, apiKey, organization!.id);
}
