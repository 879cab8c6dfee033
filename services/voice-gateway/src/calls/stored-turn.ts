/** A closed turn in the words of the transcripts contract. */
import { InputKind, Role, type ToolCall, type Turn } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { generatedOf } from './call-situation.js';
import type { ToolCallState, TurnState } from './call-state.js';
import { keptValue } from './kept-value.js';
import { timingsOf } from './latency-ledger.js';

/** A limit of AppendEvents. What is longer is cut here, so that one turn without measure does not cost the whole record. */
const MAX_TEXT_CHARACTERS = 25_000;

export function toStoredTurn(turn: TurnState, heard: string): Turn {
  const timings = timingsOf(turn);
  return {
    role: turn.role === 'user' ? Role.ROLE_USER : Role.ROLE_AGENT,
    generatedText: generatedOf(turn).slice(0, MAX_TEXT_CHARACTERS),
    heardText: heard.slice(0, MAX_TEXT_CHARACTERS),
    interrupted: turn.interrupted,
    startedAt: toTimestamp(new Date(turn.startedAt)),
    endedAt: toTimestamp(new Date(turn.endedAt)),
    toolCalls: turn.toolCalls.map(toStoredToolCall),
    usage: turn.usage,
    timings:
      turn.role === 'user'
        ? undefined
        : {
            ...timings,
            speechEndedAt:
              timings.speechEndedAt === undefined ? undefined : toTimestamp(new Date(timings.speechEndedAt)),
            uplinkMs: rounded(timings.uplinkMs),
            gatewayInUs: rounded(timings.gatewayInUs),
            providerFirstAudioMs: rounded(timings.providerFirstAudioMs),
            gatewayOutUs: rounded(timings.gatewayOutUs),
          },
    inputKind:
      turn.role === 'agent'
        ? InputKind.INPUT_KIND_UNSPECIFIED
        : turn.inputKind === 'text'
          ? InputKind.INPUT_KIND_TEXT
          : InputKind.INPUT_KIND_AUDIO,
  };
}

function toStoredToolCall(call: ToolCallState): ToolCall {
  return {
    id: bounded(call.id),
    name: bounded(call.name),
    argumentsJson: JSON.stringify(keptValue(call.arguments ?? {})),
    resultJson: JSON.stringify(keptValue(call.result ?? null)),
    outcome: call.outcome ?? 'unknown',
    startedAt: toTimestamp(new Date(call.startedAt)),
    durationMs: Math.max(0, Math.round(call.durationMs ?? 0)),
  };
}

/** A model may leave these out, or make them endless. */
function bounded(identifier: string): string {
  return identifier.slice(0, 200) || 'unnamed';
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.max(0, Math.round(value));
}
