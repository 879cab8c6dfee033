/** The rig that load proofs share: platform, echoing provider and gateway, each in a process of its own. */
import { join } from 'node:path';
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { AgentsServiceService, type AgentConfig } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { newSecrets } from '@orbisvoice/standalone/secrets';
import { startChild, type Child } from './child.js';

export const ECHO_MODEL = 'simulated-echo';

export interface Rig {
  provider: Child<{ url: string }>;
  gateway: Child<{ url: string }>;
  relay: Child<{ url: string }>;
  /** A fresh call token for the rig's agent. */
  token(): Promise<string>;
  stop(): Promise<void>;
}

const script = (name: string) => join(import.meta.dirname, `${name}.js`);

export async function startRig(): Promise<Rig> {
  const secrets = newSecrets();
  const children: Child<unknown>[] = [];
  const start = async <Ready>(name: string, environment: Record<string, string>) => {
    const child = await startChild<Ready>(script(name), environment);
    children.push(child);
    return child;
  };
  const platform = await start<{ addresses: Addresses }>('platform-process', { SECRETS: JSON.stringify(secrets) });
  const { addresses } = platform.ready;
  const provider = await start<{ url: string }>('simulator-process', {});
  const providerUrl = provider.ready.url;
  const relay = await start<{ url: string }>('bare-relay', {
    PROVIDER_URL: `${providerUrl.replace('http', 'ws')}/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=rig`,
    MODEL: ECHO_MODEL,
  });
  const gateway = await start<{ url: string }>('gateway-process', {
    INTERNAL_AUTH_SECRET: secrets.internalAuthSecret,
    HOST: '127.0.0.1',
    PORT: '0',
    GEMINI_API_KEY: 'rig',
    GEMINI_BASE_URL: providerUrl,
    GEMINI_MODEL: ECHO_MODEL,
    PROVIDER_SIMULATED: 'true',
    // Rigs share their processors with the load: what is to be measured must not be refused for it.
    MAX_EVENT_LOOP_LAG_MS: '10000',
    MAX_CALLS: '5000',
    ACCOUNTS_ADDRESS: addresses.accounts,
    AGENTS_ADDRESS: addresses.agents,
    TOOLS_ADDRESS: addresses.tools,
    TRANSCRIPTS_ADDRESS: addresses.transcripts,
  });
  const { token } = await createRigAgent(addresses, secrets.internalAuthSecret);
  return {
    provider,
    gateway,
    relay,
    token,
    stop: async () => {
      for (const child of children.toReversed()) await child.stop();
    },
  };
}

export interface Addresses {
  accounts: string;
  agents: string;
  tools: string;
  transcripts: string;
}

/** An organization with a published agent, and what a proof needs of it. */
export interface RigAgent {
  caller: Caller;
  /** A fresh call token. */
  token(): Promise<string>;
}

export async function createRigAgent(
  addresses: Addresses,
  secret: string,
  config: Partial<AgentConfig> = {},
): Promise<RigAgent> {
  const contexts = new CallerContexts(secret);
  const accounts = createGrpcClient(AccountsServiceService, {
    serviceName: 'accounts',
    address: addresses.accounts,
    contexts,
  });
  const agents = createGrpcClient(AgentsServiceService, { serviceName: 'agents', address: addresses.agents, contexts });
  const operator: Caller = { subject: 'service:bench', roles: ['operator'] };
  const { organization } = await accounts.ensureOrganization({ slug: 'bench', name: 'Bench' }, { caller: operator });
  const caller: Caller = { organizationId: organization!.id, subject: 'service:bench', roles: ['member'] };
  const { agent } = await agents.createAgent({ name: 'Bench', config: { ...AGENT_CONFIG, ...config } }, { caller });
  await agents.publishAgent({ id: agent!.id }, { caller });
  const token = async () =>
    (await accounts.createCallToken({ agentId: agent!.id, origin: '' }, { caller, deadlineMs: 20_000 })).token;
  return { caller, token };
}

const AGENT_CONFIG: AgentConfig = {
  prompt: 'You are measured.',
  greeting: '',
  voice: '',
  languageCode: '',
  model: '',
  temperature: undefined,
  toolIds: [],
  turnDetection: undefined,
  maxCallSeconds: 0,
};
