/** Stored rows as messages of transcripts.proto. */
import type * as rpc from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { toOptionalTimestamp, toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { CHANNELS, INPUT_KINDS, ROLES, toEnum } from '../append/proto-names.js';
import type { TurnEntity } from '../append/turn.entity.js';
import type { ConversationEntity } from './conversation.entity.js';

const MAX_UINT32 = 2 ** 32 - 1;

export function toConversationMessage(row: ConversationEntity): rpc.Conversation {
  return {
    id: row.id,
    agentId: row.agentId,
    agentName: row.agentName,
    agentVersion: row.agentVersion,
    draftRevision: row.draftRevision,
    channel: toEnum(CHANNELS, row.channel),
    provider: row.provider,
    model: row.model,
    startedAt: toTimestamp(row.startedAt),
    endedAt: toOptionalTimestamp(row.endedAt),
    endReason: row.endReason ?? '',
    endDetail: row.endDetail ?? '',
    turnCount: row.turnCount,
    usage: {
      promptTokens: Math.min(row.promptTokens, MAX_UINT32),
      responseTokens: Math.min(row.responseTokens, MAX_UINT32),
      totalTokens: Math.min(row.totalTokens, MAX_UINT32),
    },
  };
}

export function toCommittedTurnMessage({ role, startedAt }: Pick<TurnEntity, 'role' | 'startedAt'>): rpc.CommittedTurn {
  return { role: toEnum(ROLES, role), startedAt: toTimestamp(startedAt) };
}

export function toStoredTurnMessage(row: TurnEntity): rpc.StoredTurn {
  const { generatedText, heardText, interrupted } = row;
  const turn: rpc.Turn = {
    role: toEnum(ROLES, row.role),
    generatedText,
    heardText,
    interrupted,
    startedAt: toTimestamp(row.startedAt),
    endedAt: toTimestamp(row.endedAt),
    toolCalls: row.toolCalls.map((call) => ({
      ...call,
      startedAt: toOptionalTimestamp(call.startedAt === null ? undefined : new Date(call.startedAt)),
    })),
    usage: row.usage ?? undefined,
    timings: row.timings
      ? {
          ...row.timings,
          // Turns stored by an earlier release lack these.
          speechEndedAt: row.timings.speechEndedAt ? toTimestamp(new Date(row.timings.speechEndedAt)) : undefined,
          uplinkMs: row.timings.uplinkMs ?? undefined,
          gatewayInUs: row.timings.gatewayInUs ?? undefined,
          providerFirstAudioMs: row.timings.providerFirstAudioMs ?? undefined,
          gatewayOutUs: row.timings.gatewayOutUs ?? undefined,
          firstPlayedMs: row.timings.firstPlayedMs ?? undefined,
        }
      : undefined,
    inputKind: toEnum(INPUT_KINDS, row.inputKind),
  };
  return { sequence: row.sequence, turn };
}
