/** The call as data: its state, what can happen to it, and what it wants done. The rules are in `rules`. */
import type { CallEndReason, GatewayMessage } from '@orbisvoice/client/protocol/messages';
import type { ProviderFailure, ProviderToolCall, ProviderToolResult, ProviderUsage } from '../provider/provider.js';
import type { TextMark } from './heard-text.js';
import type { SpeechEnd } from './latency-ledger.js';

export type ToolOutcome = Extract<GatewayMessage, { type: 'tool.finished' }>['outcome'];

export interface ToolCallState {
  id: string;
  name: string;
  arguments: unknown;
  startedAt: number;
  outcome?: ToolOutcome;
  result?: unknown;
  durationMs?: number;
}

/**
 * A turn that is not stored yet. An agent's turn goes from `open` (the model generates) to `playing` (all generated, not yet all
 * played) or `cut` (interrupted, waiting for the client's last word on how far it played) to `closed`.
 */
export interface TurnState {
  turn: number;
  role: 'user' | 'agent';
  phase: 'open' | 'playing' | 'cut' | 'closed';
  inputKind: 'audio' | 'text';
  text: string;
  marks: TextMark[];
  interrupted: boolean;
  /** The provider has closed the turn: nothing more will be known of it. */
  complete: boolean;
  startedAt: number;
  endedAt: number;
  generatedMs: number;
  playedMs: number;
  /** When the first audio came from the provider; 0 before. */
  firstAudioAt: number;
  firstPlayedAt: number;
  /** When the caller ended what this answers; 0 when it answers nothing. */
  askedAt: number;
  uplinkMs: number | undefined;
  gatewayInUs: number | undefined;
  providerFirstAudioMs: number | undefined;
  gatewayOutUs: number | undefined;
  toolCalls: ToolCallState[];
  usage: ProviderUsage | undefined;
}

export interface CallState {
  phase: 'starting' | 'live' | 'ended';
  greeting: string;
  lastTurn: number;
  /** The caller has said something that the agent has not begun to answer. */
  awaitingAnswer: boolean;
  /** When the user last wrote something; 0: never. */
  lastTextAt: number;
  /** When an agent turn last made its first sound; 0: never. */
  lastFirstAudioAt: number;
  /** In order; every one but the last few is closed and gone. */
  turns: TurnState[];
  /** The model has closed the turn that it generated last. */
  modelDone: boolean;
  /** Since when the model owes the end of a turn although it has begun another one; 0: it owes none. */
  owesTurnCompleteSince: number;
  /** Since when what the model says is the rest of a turn that the user's text has cut; 0: it is not. */
  staleSince: number;
  /** What the user wrote into a turn waits until it is known what was heard of that turn. */
  heldTexts: { turn: number; text: string }[];
  /** Ids of the texts that the user wrote last: a client that has lost its connection may send them again. */
  textIds: string[];
}

/** `at` is in ms since the epoch; `generatedMs` is how much audio the model has made in the turn that it is generating. */
export type CallEvent = { at: number; generatedMs: number } & CallOccurrence;

export type CallOccurrence =
  | { type: 'provider.ready' }
  | { type: 'provider.firstAudio'; lastVoiceAt: number; speechEnd?: SpeechEnd }
  | { type: 'provider.inputTranscript'; text: string }
  | { type: 'provider.outputTranscript'; text: string }
  | { type: 'provider.interrupted' }
  | { type: 'provider.generationComplete' }
  | { type: 'provider.turnComplete' }
  | { type: 'provider.toolCalls'; calls: ProviderToolCall[] }
  | { type: 'provider.toolCallsCancelled'; ids: string[] }
  | { type: 'provider.usage'; usage: ProviderUsage }
  /** The connection is gone: what was being generated will not go on. The line may come back. */
  | { type: 'provider.lost' }
  /** The utterance under way is said to the provider once more, and will be transcribed once more. */
  | { type: 'provider.reheard' }
  /** The line can't be brought back. */
  | { type: 'provider.failed'; failure: ProviderFailure }
  | { type: 'audio.departed'; turn: number; gatewayOutUs: number }
  | { type: 'client.text'; text: string; id?: string | undefined }
  | { type: 'client.playback'; turn: number; playedMs: number }
  | { type: 'tool.finished'; id: string; outcome: ToolOutcome; result: unknown; durationMs: number }
  | { type: 'turn.deadline'; turn: number }
  | { type: 'call.end'; reason: CallEndReason; detail?: string };

export type CallEffect =
  | { type: 'send'; message: GatewayMessage }
  | { type: 'provider.text'; text: string }
  /** The client may forget the text as soon as nothing can take it from the call any more. */
  | { type: 'text.taken'; id: string }
  /** All that the caller heard of an interrupted turn. `now`: a text that refers to it follows. */
  | { type: 'provider.heard'; heard: string; now: boolean }
  | { type: 'provider.toolResults'; results: ProviderToolResult[] }
  | { type: 'tool.run'; call: ToolCallState }
  | { type: 'tool.abort'; id: string }
  /** Calls back with `turn.deadline` unless a later deadline for this turn replaces it. */
  | { type: 'turn.deadline'; turn: number; afterMs: number }
  | { type: 'store.turn'; turn: TurnState; heard: string }
  | { type: 'started' }
  | { type: 'end'; reason: CallEndReason; detail: string };

export function newCall(greeting: string): CallState {
  return {
    phase: 'starting',
    greeting,
    lastTurn: 0,
    awaitingAnswer: false,
    lastTextAt: 0,
    lastFirstAudioAt: 0,
    turns: [],
    modelDone: true,
    owesTurnCompleteSince: 0,
    staleSince: 0,
    heldTexts: [],
    textIds: [],
  };
}

export function newTurn(
  turn: number,
  role: TurnState['role'],
  at: number,
  inputKind: TurnState['inputKind'] = 'audio',
): TurnState {
  return {
    turn,
    role,
    phase: 'open',
    inputKind,
    text: '',
    marks: [],
    interrupted: false,
    complete: false,
    startedAt: at,
    endedAt: at,
    generatedMs: 0,
    playedMs: 0,
    firstAudioAt: 0,
    firstPlayedAt: 0,
    askedAt: 0,
    uplinkMs: undefined,
    gatewayInUs: undefined,
    providerFirstAudioMs: undefined,
    gatewayOutUs: undefined,
    toolCalls: [],
    usage: undefined,
  };
}
