/** The variables of a gateway in a rig. */

/** The services that gateways talk to. */
export interface ServicesBehind {
  addresses: { accounts: string; agents: string; tools: string; transcripts: string };
  internalAuthSecret: string;
}

export function gatewayEnvironment({ addresses, internalAuthSecret }: ServicesBehind): Record<string, string> {
  return {
    INTERNAL_AUTH_SECRET: internalAuthSecret,
    HOST: '127.0.0.1',
    PORT: '0',
    GRPC_PORT: '0',
    // Its simulator counts what calls do.
    PROVIDER_CHECK: 'false',
    GEMINI_API_KEY: 'rig',
    GEMINI_MODEL: 'simulated-live',
    PROVIDER_SIMULATED: 'true',
    // Rigs share their processors with the load: what is to be measured must not be refused for it.
    MAX_EVENT_LOOP_LAG_MS: '10000',
    MAX_CALLS: '5000',
    // As in the image.
    NODE_OPTIONS: '--max-semi-space-size=16',
    ACCOUNTS_ADDRESS: addresses.accounts,
    AGENTS_ADDRESS: addresses.agents,
    TOOLS_ADDRESS: addresses.tools,
    TRANSCRIPTS_ADDRESS: addresses.transcripts,
  };
}
