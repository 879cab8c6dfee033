/** JSON of the REST API as the console uses it. Times are ISO 8601 strings. */

export interface AgentConfig {
  prompt: string;
  /** Empty: the agent waits for the caller. */
  greeting: string;
  /** Null in these: the provider's or the platform's default. */
  voice: string | null;
  languageCode: string | null;
  model: string | null;
  temperature: number | null;
  toolIds: string[];
  turnDetection: TurnDetection;
  maxCallSeconds: number;
}

export interface TurnDetection {
  startSensitivity: 'low' | 'high' | null;
  endSensitivity: 'low' | 'high' | null;
  prefixPaddingMs: number | null;
  silenceDurationMs: number | null;
  noInterruption: boolean;
}

export interface PublishedAgent extends Agent {
  /** Null: nobody tried it. */
  modelCheck: { outcome: 'accepted' | 'refused' | 'unreachable'; detail: string | null } | null;
}

export interface Agent {
  id: string;
  name: string;
  /** Null: never published. */
  publishedVersion: number | null;
  /** Null: nothing to publish. */
  draftVersion: number | null;
  /** Grows with every change. */
  revision: number;
  /** The draft's when there is one, else the published version's. */
  config: AgentConfig;
  createdAt: string;
  updatedAt: string;
}

export interface AgentVersion {
  agentId: string;
  version: number;
  config: AgentConfig;
  /** Null: a draft. */
  publishedAt: string | null;
  createdAt: string;
  restoredFromVersion: number | null;
}

export interface Tool {
  id: string;
  name: string;
  description: string;
}

export interface Usage {
  promptTokens: number;
  responseTokens: number;
  totalTokens: number;
}

export interface Conversation {
  id: string;
  agentId: string;
  agentName: string;
  agentVersion: number;
  /** The agent's revision when the call was with its draft. Null: with a published version. */
  draftRevision: number | null;
  channel: string;
  provider: string;
  model: string;
  startedAt: string;
  /** Null in both: still running. */
  endedAt: string | null;
  endReason: string | null;
  /** A sentence on it, such as the provider's own words. Null: nothing to add. */
  endDetail: string | null;
  turnCount: number;
  usage: Usage;
}

export interface ConversationWithTurns extends Conversation {
  turns: StoredTurn[];
  /** Null: these are the last turns that are stored. */
  nextCursor: string | null;
}

export interface StoredTurn {
  sequence: number;
  role: 'user' | 'agent';
  generatedText: string;
  heardText: string;
  interrupted: boolean;
  startedAt: string;
  endedAt: string | null;
  toolCalls: StoredToolCall[];
  usage: Usage | null;
  timings: StoredTimings | null;
  /** How a user's turn came in. */
  inputKind: 'audio' | 'text' | null;
}

export interface StoredToolCall {
  id: string;
  name: string;
  arguments: unknown;
  result: unknown;
  outcome: string;
  startedAt: string;
  durationMs: number;
}

/** Null: not known for this turn. */
export interface StoredTimings {
  speechEndedAt: string | null;
  uplinkMs: number | null;
  gatewayInUs: number | null;
  providerFirstAudioMs: number | null;
  gatewayOutUs: number | null;
  firstPlayedMs: number | null;
  audioGeneratedMs: number;
  audioPlayedMs: number;
}

export interface ApiKey {
  id: string;
  name: string;
  /** Such as "ov_live_…x7Qd". */
  preview: string;
  createdAt: string;
  /** Null in these: never, so far. */
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
}

export interface CreatedApiKey extends ApiKey {
  /** Shown this once. */
  secret: string;
}

export interface CallToken {
  token: string;
  expiresAt: string;
  /** Of the voice gateway, such as "ws://localhost:4001/stream". */
  url: string;
}

export interface Organization {
  id: string;
  name: string;
  slug: string;
}

export interface Session {
  organization: Organization;
}

export interface Page<Item> {
  items: Item[];
  /** Null: this was the last page. */
  nextCursor: string | null;
}
