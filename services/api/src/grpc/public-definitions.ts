/**
 * What customers reach over gRPC: the services' own contracts, less what only the platform asks of itself. An RPC that is not listed here
 * does not exist at this door. See docs/decisions/0007-public-grpc.md.
 */
import type { ServiceDefinition } from '@grpc/grpc-js';
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { AgentsServiceService } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { ToolsServiceService } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { TranscriptsServiceService } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';

export const PUBLIC_METHODS = {
  accounts: pick(AccountsServiceService, [
    'getOrganization',
    'createApiKey',
    'listApiKeys',
    'revokeApiKey',
    'createCallToken',
  ]),
  agents: pick(AgentsServiceService, [
    'createAgent',
    'getAgent',
    'listAgents',
    'updateAgent',
    'deleteAgent',
    'listAgentVersions',
    'publishAgent',
    'restoreAgentVersion',
  ]),
  tools: pick(ToolsServiceService, ['createTool', 'getTool', 'listTools', 'updateTool', 'deleteTool']),
  transcripts: pick(TranscriptsServiceService, ['listConversations', 'getConversation']),
};

export type PublicServiceName = keyof typeof PUBLIC_METHODS;

/** Such as "orbisvoice.agents.v1.AgentsService". */
export function fullName(definition: object): string {
  const [first] = Object.values(definition) as { path: string }[];
  return first!.path.split('/')[1]!;
}

export const PUBLIC_DEFINITIONS: Record<string, ServiceDefinition> = Object.fromEntries(
  Object.values(PUBLIC_METHODS).map((definition) => [fullName(definition), definition as ServiceDefinition]),
);

function pick<Definition extends object, Name extends keyof Definition>(
  definition: Definition,
  names: Name[],
): Pick<Definition, Name> {
  return Object.fromEntries(names.map((name) => [name, definition[name]])) as Pick<Definition, Name>;
}
