import {
  Channel,
  InputKind,
  Role,
  type Conversation,
  type StoredTurn,
  type ToolCall,
  type TurnTimings,
  type Usage,
} from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { parseJson } from '../http/json-value.js';
import { present, toOptionalTime, toTime } from '../http/timestamps.js';
import type { ConversationJson, TurnJson } from './conversation.schemas.js';

const CHANNEL_NAMES = new Map<Channel, ConversationJson['channel']>([
  [Channel.CHANNEL_VOICE, 'voice'],
  [Channel.CHANNEL_CHAT, 'chat'],
  [Channel.CHANNEL_PHONE, 'phone'],
  [Channel.CHANNEL_ROOM, 'room'],
]);
const INPUT_KINDS = new Map<InputKind, 'audio' | 'text'>([
  [InputKind.INPUT_KIND_AUDIO, 'audio'],
  [InputKind.INPUT_KIND_TEXT, 'text'],
]);

export function toConversationJson(conversation: Conversation | undefined): ConversationJson {
  const found = present(conversation, 'conversation');
  const { id, agentId, agentName, agentVersion, draftRevision, provider, model, turnCount, endReason, endDetail } =
    found;
  return {
    id,
    agentId,
    agentName,
    agentVersion,
    draftRevision: draftRevision || null,
    channel: present(CHANNEL_NAMES.get(found.channel), 'channel'),
    provider,
    model,
    startedAt: toTime(found.startedAt),
    endedAt: toOptionalTime(found.endedAt),
    endReason: endReason || null,
    endDetail: endDetail || null,
    turnCount,
    usage: toUsageJson(found.usage) ?? { promptTokens: 0, responseTokens: 0, totalTokens: 0 },
  };
}

export function toTurnJson({ sequence, turn }: StoredTurn): TurnJson {
  const found = present(turn, 'turn');
  return {
    sequence,
    role: found.role === Role.ROLE_USER ? 'user' : 'agent',
    inputKind: INPUT_KINDS.get(found.inputKind) ?? null,
    generatedText: found.generatedText,
    heardText: found.heardText,
    interrupted: found.interrupted,
    startedAt: toTime(found.startedAt),
    endedAt: toOptionalTime(found.endedAt),
    toolCalls: found.toolCalls.map(toToolCallJson),
    usage: toUsageJson(found.usage),
    timings: toTimingsJson(found.timings),
  };
}

function toToolCallJson(call: ToolCall): TurnJson['toolCalls'][number] {
  return {
    id: call.id,
    name: call.name,
    arguments: parseJson(call.argumentsJson),
    result: parseJson(call.resultJson),
    outcome: call.outcome,
    startedAt: toTime(call.startedAt),
    durationMs: call.durationMs,
  };
}

function toUsageJson(usage: Usage | undefined): TurnJson['usage'] {
  if (!usage) return null;
  const { promptTokens, responseTokens, totalTokens } = usage;
  return { promptTokens, responseTokens, totalTokens };
}

function toTimingsJson(timings: TurnTimings | undefined): TurnJson['timings'] {
  if (!timings) return null;
  return {
    speechEndedAt: toOptionalTime(timings.speechEndedAt),
    uplinkMs: timings.uplinkMs ?? null,
    gatewayInUs: timings.gatewayInUs ?? null,
    providerFirstAudioMs: timings.providerFirstAudioMs ?? null,
    gatewayOutUs: timings.gatewayOutUs ?? null,
    firstPlayedMs: timings.firstPlayedMs ?? null,
    audioGeneratedMs: timings.audioGeneratedMs,
    audioPlayedMs: timings.audioPlayedMs,
  };
}
