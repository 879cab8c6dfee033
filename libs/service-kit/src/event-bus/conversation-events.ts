/** The facts that go over the bus: what `transcripts` has stored about a conversation. JSON on the wire. */
import { z } from 'zod';

export type ConversationChannel = 'voice' | 'chat' | 'phone' | 'room';

export interface TokenUsage {
  promptTokens: number;
  responseTokens: number;
  totalTokens: number;
}

export interface StartedData {
  agentId: string;
  agentName: string;
  agentVersion: number;
  /** The agent's revision when the call was with its draft, else 0. */
  draftRevision: number;
  channel: ConversationChannel;
  provider: string;
  model: string;
  subject: string;
}

export interface ToolCallData {
  id: string;
  name: string;
  /** JSON text, '' when there is none. */
  argumentsJson: string;
  resultJson: string;
  outcome: string;
  /** ISO 8601, UTC. */
  startedAt: string | null;
  durationMs: number;
}

export interface TurnTimingsData {
  /** ISO 8601, UTC. */
  speechEndedAt: string | null;
  uplinkMs: number | null;
  gatewayInUs: number | null;
  providerFirstAudioMs: number | null;
  gatewayOutUs: number | null;
  firstPlayedMs: number | null;
  audioGeneratedMs: number;
  audioPlayedMs: number;
}

export interface TurnData {
  role: 'user' | 'agent';
  generatedText: string;
  heardText: string;
  interrupted: boolean;
  inputKind: 'audio' | 'text' | null;
  /** ISO 8601, UTC. */
  startedAt: string;
  endedAt: string;
  toolCalls: ToolCallData[];
  usage: TokenUsage | null;
  timings: TurnTimingsData | null;
}

export interface EndedData {
  reason: string;
  detail: string;
}

export type ConversationFact =
  | { kind: 'conversation.started'; data: StartedData }
  | { kind: 'turn'; data: TurnData }
  | { kind: 'conversation.ended'; data: EndedData };

export type ConversationEventKind = ConversationFact['kind'];

/** Null data: larger than the bus carries. The conversation's record has it. */
type Nullable<Fact> = Fact extends { kind: infer Kind; data: infer Data } ? { kind: Kind; data: Data | null } : never;

export type ConversationEvent = {
  /** UUID. The same event may arrive more than once, always with the same id. */
  id: string;
  organizationId: string;
  conversationId: string;
  /** Position within the conversation, from 1. */
  sequence: number;
  /** ISO 8601, UTC. */
  occurredAt: string;
} & Nullable<ConversationFact>;

const envelope = z.looseObject({
  id: z.uuid(),
  organizationId: z.uuid(),
  conversationId: z.uuid(),
  sequence: z.int().min(1),
  kind: z.enum(['conversation.started', 'turn', 'conversation.ended']),
  occurredAt: z.iso.datetime(),
  data: z.looseObject({}).nullable(),
});

/** The event in a bus message. `data` is trusted to fit its kind: only `transcripts` publishes. @throws when it is none */
export function parseConversationEvent(json: string): ConversationEvent {
  return envelope.parse(JSON.parse(json)) as ConversationEvent;
}
