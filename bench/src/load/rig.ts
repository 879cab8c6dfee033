/** The rig that load proofs share: platform, echoing provider and gateway, each in a process of its own. */
import { join } from 'node:path';
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { AgentsServiceService, type AgentConfig } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { newSecrets } from '@orbisvoice/standalone/secrets';
import { startChild, type Child } from './child.js';
import { gatewayEnvironment } from './gateway-environment.js';

export const ECHO_MODEL = 'simulated-echo';

export interface RigOptions {
  /** `light`: a provider of canned answers, for many calls. Default: the simulator's echo. */
  provider?: 'simulator' | 'light';
  /** Node's own options for the gateway's process. */
  gatewayNodeOptions?: string[];
}

export interface Rig {
  provider: Child<{ url: string }>;
  gateway: Child<{ url: string }>;
  relay: Child<{ url: string }>;
  /** A fresh call token for the rig's agent. */
  token(): Promise<string>;
  stop(): Promise<void>;
}

/** Compiled, also when this file is run from its source. */
export const compiled = (name: string) => join(import.meta.dirname, '../../dist/load', `${name}.js`);

const LIVE_PATH = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=rig';

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const secrets = newSecrets();
  const { internalAuthSecret } = secrets;
  const children: Child<unknown>[] = [];
  const start = async <Ready>(name: string, environment: Record<string, string>, nodeOptions?: string[]) => {
    const child = await startChild<Ready>(compiled(name), environment, nodeOptions);
    children.push(child);
    return child;
  };
  const platform = await start<{ addresses: Addresses }>('platform-process', { SECRETS: JSON.stringify(secrets) });
  const { addresses } = platform.ready;
  const light = options.provider === 'light';
  const provider = await start<{ url: string }>(light ? 'light-provider-process' : 'simulator-process', {});
  const providerUrl = provider.ready.url;
  const relay = await start<{ url: string }>('bare-relay', {
    PROVIDER_URL: `${providerUrl.replace('http', 'ws')}${LIVE_PATH}`,
    MODEL: ECHO_MODEL,
  });
  const environment = gatewayEnvironment({ addresses, internalAuthSecret });
  const gateway = await start<{ url: string }>(
    'gateway-process',
    { ...environment, GEMINI_BASE_URL: providerUrl, GEMINI_MODEL: ECHO_MODEL },
    options.gatewayNodeOptions,
  );
  const { token } = await createRigAgent(addresses, internalAuthSecret);
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
    (await accounts.createCallToken({ agentId: agent!.id, origin: '', draft: false }, { caller, deadlineMs: 20_000 }))
      .token;
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
