/** What the fake services answer. */
import { Sensitivity, type Agent, type AgentConfig } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { HttpMethod, type Tool } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import {
  Channel,
  InputKind,
  Role,
  type Conversation,
  type StoredTurn,
} from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';

export const AGENT_ID = '3f0c6a52-8a35-4d0e-9a59-0d4b6a1f2c77';
export const TOOL_ID = '9b2f5c1e-6d1a-4d57-8a06-0e6a1f3c5b21';
export const CONVERSATION_ID = '7d9e0c1b-2a3f-4b5c-8d6e-9f0a1b2c3d4e';

const at = toTimestamp(new Date('2026-01-31T12:00:00.250Z'));

export const config: AgentConfig = {
  prompt: 'Be brief.',
  greeting: 'Hello!',
  voice: 'Puck',
  languageCode: '',
  model: '',
  temperature: undefined,
  toolIds: [TOOL_ID],
  turnDetection: {
    startSensitivity: Sensitivity.SENSITIVITY_HIGH,
    endSensitivity: Sensitivity.SENSITIVITY_UNSPECIFIED,
    prefixPaddingMs: undefined,
    silenceDurationMs: 600,
    noInterruption: false,
  },
  maxCallSeconds: 0,
};

export const agent: Agent = {
  id: AGENT_ID,
  name: 'Reception',
  publishedVersion: 2,
  draftVersion: 0,
  revision: 7,
  config,
  createdAt: at,
  updatedAt: at,
};

export const tool: Tool = {
  id: TOOL_ID,
  definition: {
    name: 'slots',
    description: 'Finds slots.',
    parametersJsonSchema: '{"type":"object","properties":{"day":{"type":"string"}}}',
    timeoutMs: 5_000,
    kind: {
      $case: 'http',
      value: { method: HttpMethod.HTTP_METHOD_GET, url: 'https://x.example/slots', headers: { a: 'b' } },
    },
  },
  createdAt: at,
  updatedAt: at,
};

export const conversation: Conversation = {
  id: CONVERSATION_ID,
  agentId: AGENT_ID,
  agentName: 'Reception',
  agentVersion: 2,
  draftRevision: 0,
  channel: Channel.CHANNEL_VOICE,
  provider: 'gemini',
  model: 'gemini-live',
  startedAt: at,
  endedAt: at,
  endReason: 'client_ended',
  endDetail: '',
  turnCount: 1,
  usage: { promptTokens: 3, responseTokens: 4, totalTokens: 7 },
};

export const turn: StoredTurn = {
  sequence: 2,
  turn: {
    role: Role.ROLE_USER,
    generatedText: 'Is Monday free?',
    heardText: 'Is Monday free?',
    interrupted: false,
    startedAt: at,
    endedAt: at,
    toolCalls: [],
    usage: undefined,
    timings: undefined,
    inputKind: InputKind.INPUT_KIND_AUDIO,
  },
};
