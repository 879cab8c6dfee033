/** An API key of an organization of the test's own, for as long as the test runs. Whoever knows INTERNAL_AUTH_SECRET may make one. */
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import type { SmokeTestConfig } from './smoke-test-config.js';

const SUBJECT = 'operator:smoke-test';
/** Should revoking fail, it ends by itself. */
const LIFETIME_MS = 15 * 60_000;

export interface ShortLivedKey {
  secret: string;
  revoke(): Promise<void>;
}

export async function createShortLivedKey(config: SmokeTestConfig): Promise<ShortLivedKey> {
  const accounts = createGrpcClient(AccountsServiceService, {
    serviceName: 'accounts',
    address: config.accountsAddress,
    contexts: new CallerContexts(config.internalAuthSecret),
    tls: config.grpcTls,
  });
  try {
    const operator: Caller = { subject: SUBJECT, roles: ['operator'] };
    const { organization } = await accounts.ensureOrganization(
      { slug: 'smoke-test', name: 'Smoke test' },
      { caller: operator },
    );
    const caller: Caller = { organizationId: organization!.id, subject: SUBJECT, roles: ['member'] };
    const expiresAt = toTimestamp(new Date(Date.now() + LIFETIME_MS));
    const { apiKey, secret } = await accounts.createApiKey({ name: 'Smoke test', expiresAt }, { caller });
    return {
      secret,
      async revoke() {
        await accounts.revokeApiKey({ id: apiKey!.id }, { caller });
        accounts.close();
      },
    };
  } catch (error) {
    accounts.close();
    throw error;
  }
}
