import type { Caller } from '@orbisvoice/service-kit/caller-context';
import type { AgentsClient } from '../clients.js';
import { toPage, toPageRequest, type PageQuery } from '../http/pages.js';
import { toAgentJson } from './agent.mapping.js';

/** What `GET /v1/agents` and `GET /agents` answer. */
export async function readAgentPage(client: AgentsClient, query: PageQuery, caller: Caller) {
  const { agents, nextPageToken } = await client.listAgents(toPageRequest(query), { caller });
  return toPage(agents.map(toAgentJson), nextPageToken);
}
