/** A closed turn in the words of the transcripts contract. */
import { InputKind, Role, type Turn } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { cutText } from '@orbisvoice/service-kit/cut-text';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { generatedOf } from './call-situation.js';
import type { TurnState } from './call-state.js';
import { timingsOf } from './latency-ledger.js';
import { toStoredToolCalls } from './stored-tool-calls.js';

/** A limit of AppendEvents. What is longer is cut here, so that one turn without measure does not cost the whole record. */
const MAX_TEXT_CHARACTERS = 25_000;
const LEFT_OUT = ' […]';

export function toStoredTurn(turn: TurnState, heard: string): Turn {
  const timings = timingsOf(turn);
  return {
    role: turn.role === 'user' ? Role.ROLE_USER : Role.ROLE_AGENT,
    generatedText: keptText(generatedOf(turn)),
    heardText: keptText(heard),
    interrupted: turn.interrupted,
    startedAt: toTimestamp(new Date(turn.startedAt)),
    endedAt: toTimestamp(new Date(turn.endedAt)),
    toolCalls: toStoredToolCalls(turn.toolCalls),
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

/** What is left out is said to be. Generated and heard text stay equal where they were. */
function keptText(text: string): string {
  return text.length <= MAX_TEXT_CHARACTERS ? text : cutText(text, MAX_TEXT_CHARACTERS - LEFT_OUT.length) + LEFT_OUT;
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.max(0, Math.round(value));
}
