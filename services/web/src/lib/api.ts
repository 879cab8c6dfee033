/** The REST API, as far as the console uses it. Every call throws `ApiError`. */
import type {
  Agent,
  AgentConfig,
  AgentVersion,
  ApiKey,
  CallToken,
  Conversation,
  ConversationWithTurns,
  CreatedApiKey,
  Page,
  PublishedAgent,
  Session,
  Tool,
} from './api-types';
import { request, type RequestOptions } from './http';

export interface AgentChange {
  name?: string;
  /** Replaces the whole configuration. */
  config?: AgentConfig;
}

const PAGE_SIZE = 25;
const MAX_PAGE_SIZE = 100;

export type Api = ReturnType<typeof createApi>;

export function createApi(apiUrl: string) {
  const call = <Answer>(path: string, options?: RequestOptions) => request<Answer>(apiUrl, path, options);
  const get = <Answer>(path: string, signal?: AbortSignal) => call<Answer>(path, { signal });
  const page = <Item>(path: string, cursor: string | undefined, signal?: AbortSignal) =>
    call<Page<Item>>(path, { query: { limit: PAGE_SIZE, cursor }, signal });
  const agent = (id: string) => `/v1/agents/${encodeURIComponent(id)}`;

  return {
    redeemSignInLink: (token: string) =>
      call<unknown>('/auth/sign-in-links/redeem', { method: 'POST', body: { token } }),
    getSession: (signal?: AbortSignal) => get<Session>('/auth/session', signal),
    endSession: () => call<unknown>('/auth/session', { method: 'DELETE' }),

    listAgents: (cursor?: string, signal?: AbortSignal) => page<Agent>('/v1/agents', cursor, signal),
    getAgent: (id: string, signal?: AbortSignal) => get<Agent>(agent(id), signal),
    createAgent: (created: { name: string; config: AgentConfig }) =>
      call<Agent>('/v1/agents', { method: 'POST', body: created }),
    /** `revision` is the one that the change was made on: the API refuses with 412 when there is a newer one. */
    updateAgent: (id: string, revision: number, change: AgentChange) =>
      call<Agent>(agent(id), { method: 'PATCH', body: change, headers: { 'if-match': `"${revision}"` } }),
    deleteAgent: (id: string) => call<unknown>(agent(id), { method: 'DELETE' }),
    listAgentVersions: (id: string, cursor?: string, signal?: AbortSignal) =>
      page<AgentVersion>(`${agent(id)}/versions`, cursor, signal),
    publishAgent: (id: string) => call<PublishedAgent>(`${agent(id)}/publish`, { method: 'POST' }),
    restoreAgentVersion: (id: string, version: number) =>
      call<Agent>(`${agent(id)}/versions/${version}/restore`, { method: 'POST' }),

    /** As many as an agent may have at most, and more. */
    listTools: (signal?: AbortSignal) => call<Page<Tool>>('/v1/tools', { query: { limit: MAX_PAGE_SIZE }, signal }),

    listConversations: (cursor?: string, signal?: AbortSignal) =>
      page<Conversation>('/v1/conversations', cursor, signal),
    /** With a page of its turns. */
    getConversation: (id: string, cursor?: string, signal?: AbortSignal) =>
      call<ConversationWithTurns>(`/v1/conversations/${encodeURIComponent(id)}`, { query: { cursor }, signal }),

    /** `draft`: the call is to reach the agent's draft. */
    createCallToken: (agentId: string, draft: boolean) =>
      call<CallToken>('/v1/call-tokens', { method: 'POST', body: { agentId, draft } }),

    listApiKeys: (signal?: AbortSignal) => get<Page<ApiKey>>('/v1/api-keys', signal),
    createApiKey: (name: string) => call<CreatedApiKey>('/v1/api-keys', { method: 'POST', body: { name } }),
    revokeApiKey: (id: string) => call<unknown>(`/v1/api-keys/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  };
}
