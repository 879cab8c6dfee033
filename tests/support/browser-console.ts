/** The platform with its console and the demo agent, as somebody finds it after `npm start`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { setUpDemo } from '@orbisvoice/standalone/demo';
import type { Page } from 'playwright-core';
import { ApiClient } from './api-client.js';
import { startTestPlatform } from './test-platform.js';

const OPERATOR: Caller = { subject: 'service:tests', roles: ['operator'] };

export interface TestConsole {
  url: string;
  /** Acts for the demo organization. */
  api: ApiClient;
  /** An address that signs a member of the demo organization in, once. */
  createSignInLink(): Promise<string>;
  /** Opens such an address and waits for the console. */
  signIn(page: Page): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestConsole(): Promise<TestConsole> {
  const { platform, internalAuthSecret, stop } = await startTestPlatform({ web: true });
  const dataFolder = await mkdtemp(join(tmpdir(), 'orbisvoice-demo-'));
  const { organizationId } = await setUpDemo(platform, { internalAuthSecret, dataFolder });
  const accounts = createGrpcClient(AccountsServiceService, {
    serviceName: 'accounts',
    address: platform.addresses.accounts,
    contexts: new CallerContexts(internalAuthSecret),
  });
  const member: Caller = { organizationId, subject: 'service:tests', roles: ['member'] };
  const { secret } = await accounts.createApiKey({ name: 'Browser tests', expiresAt: undefined }, { caller: member });
  const createSignInLink = async () => {
    const { token } = await accounts.createSignInLink({ organizationId }, { caller: OPERATOR });
    return `${platform.webUrl}/sign-in#token=${token}`;
  };
  return {
    url: platform.webUrl,
    api: new ApiClient(platform.apiUrl, secret, organizationId),
    createSignInLink,
    signIn: async (page) => {
      await page.goto(await createSignInLink());
      await page.getByRole('heading', { name: 'Agents' }).waitFor();
    },
    stop: async () => {
      accounts.close();
      await stop();
      await rm(dataFolder, { recursive: true });
    },
  };
}

/** Makes the demo agent answer in tone code, so that its words can be read from the sound. Returns its id. */
export async function speakInTones(api: ApiClient): Promise<string> {
  const { items } = await api.request<{ items: { id: string; config: object }[] }>('GET', '/v1/agents');
  const { id, config } = items[0]!;
  await api.request('PATCH', `/v1/agents/${id}`, { config: { ...config, voice: 'ToneCode' } });
  await api.request('POST', `/v1/agents/${id}/publish`);
  return id;
}
