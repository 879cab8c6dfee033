/** The REST API as a customer's backend uses it. */
export interface StoredTurn {
  sequence: number;
  role: 'user' | 'agent';
  generatedText: string;
  heardText: string;
  interrupted: boolean;
  timings: StoredTimings | null;
  toolCalls: { id: string; name: string; arguments: unknown; result: unknown; outcome: string; durationMs: number }[];
}

/** Null: not known. */
export interface StoredTimings {
  speechEndedAt: string | null;
  uplinkMs: number | null;
  gatewayInUs: number | null;
  providerFirstAudioMs: number | null;
  gatewayOutUs: number | null;
  firstPlayedMs: number | null;
}

export interface StoredConversation {
  id: string;
  startedAt: string;
  agentId: string;
  agentVersion: number;
  draftRevision: number | null;
  endedAt: string | null;
  endReason: string;
  endDetail: string | null;
  turns: StoredTurn[];
}

export interface NewAgent {
  name?: string;
  prompt?: string;
  greeting?: string;
  voice?: string;
  toolIds?: string[];
  publish?: boolean;
  model?: string;
  maxCallSeconds?: number;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: number,
    readonly problem: { detail: string; errors?: { field: string; message: string }[] },
  ) {
    super(`${status}: ${problem.detail}`);
  }
}

export class ApiClient {
  constructor(
    readonly url: string,
    readonly apiKey: string,
    readonly organizationId: string,
  ) {}

  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { 'x-api-key': this.apiKey, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = text === '' ? undefined : JSON.parse(text);
    if (!response.ok) throw new ApiError(response.status, json);
    return json as T;
  }

  async createAgent({ name = 'Test agent', publish = true, ...config }: NewAgent = {}): Promise<string> {
    const body = { name, config: { prompt: 'You are a test agent.', voice: 'ToneCode', ...config } };
    const { id } = await this.request<{ id: string }>('POST', '/v1/agents', body);
    if (publish) await this.request('POST', `/v1/agents/${id}/publish`);
    return id;
  }

  async createTool(definition: Record<string, unknown>): Promise<string> {
    return (await this.request<{ id: string }>('POST', '/v1/tools', definition)).id;
  }

  async callToken(agentId: string, origin?: string, draft?: boolean): Promise<string> {
    const body = { agentId, ...(origin ? { origin } : {}), ...(draft === undefined ? {} : { draft }) };
    return (await this.request<{ token: string }>('POST', '/v1/call-tokens', body)).token;
  }

  async conversation(id: string): Promise<StoredConversation> {
    return await this.request<StoredConversation>('GET', `/v1/conversations/${id}`);
  }

  /** The conversation once its end is stored. */
  async endedConversation(id: string, timeoutMs = 5_000): Promise<StoredConversation> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const conversation = await this.conversation(id).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 404 && Date.now() < deadline) return undefined;
        throw error;
      });
      if (conversation?.endedAt) return conversation;
      if (Date.now() > deadline) throw new Error(`conversation ${id} has not ended: ${JSON.stringify(conversation)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
