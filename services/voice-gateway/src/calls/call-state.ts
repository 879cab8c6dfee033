/** The call as data: its state, what can happen to it, and what it wants done. The rules are in `rules`. */
import type { CallEndReason, GatewayMessage } from '@orbisvoice/client/protocol/messages';
import type { ProviderFailure, ProviderToolCall, ProviderToolResult, ProviderUsage } from '../provider/provider.js';
import type { TextMark } from './heard-text.js';
import type { SpeechEnd } from './latency-ledger.js';

export type ToolOutcome = Extract<GatewayMessage, { type: 'tool.finished' }>['outcome'];

export interface ToolCallState {
  /** Ours: see rules/tool-call-ids.ts. */
  id: string;
  /** What the provider calls it, '' for nothing. Absent: as `id`, in what an earlier release has kept. */
  providerId?: string;
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
  /** An agent's turn that was asked for in writing, by the user or by the platform, and not by what the caller said. */
  prompted: boolean;
  /** A turn of the caller whose answer has begun a while ago: its last words may still come, and nobody waits for them any more. */
  settled: boolean;
  /** Text of an agent's turn that came when it had been interrupted: nobody can have heard it. */
  unheardText: string;
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

/** A tool call that the provider may ask for again. */
export interface RecentToolCall {
  id: string;
  turn: number;
  /** Of the provider's id, the name and the arguments. */
  fingerprint: string;
  /** On which connection it was asked for last. */
  connection: number;
}

/** What is told to the model of a tool call: `callId` is ours, `id` the provider's. */
export type ToolCallResult = ProviderToolResult & { callId: string };

export interface CallState {
  phase: 'starting' | 'live' | 'ended';
  greeting: string;
  lastTurn: number;
  /** The caller has said something that the agent has not begun to answer. */
  awaitingAnswer: boolean;
  /** When the user last wrote something; 0: never. */
  lastTextAt: number;
  /** What the platform itself has asked the model to say, such as the greeting, until that has been said; '' for nothing. */
  request: string;
  /** When an agent turn last began; 0: never. */
  lastAnswerAt: number;
  /** The model has been given something in writing to answer, and has not begun to. */
  prompted: boolean;
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
  /** The turn that was interrupted last, until the model begins another one; 0: none. */
  cutTurn: number;
  /** Text that came since: the rest of that turn, or, if its sound follows at once, the beginning of the next one. */
  leftovers: { at: number; text: string }[];
  /** What the user wrote into a turn waits until it is known what was heard of that turn. */
  heldTexts: { turn: number; text: string }[];
  /** Ids of the texts that the user wrote last: a client that has lost its connection may send them again. */
  textIds: string[];
  /** Counts the connections to the provider that were lost. */
  connection: number;
  recentToolCalls: RecentToolCall[];
}

/** What the audio says of the caller, in ms since the epoch; 0: nothing was heard yet. A steady noise counts as a long speech. */
export interface Speech {
  /** When what is being said, or was said last, began. */
  since: number;
  /** When there was a voice last. */
  until: number;
}

/** `at` is in ms since the epoch; `generatedMs` is how much audio the model has made in the turn that it is generating. */
export type CallEvent = { at: number; generatedMs: number; speech?: Speech } & CallOccurrence;

export type CallOccurrence =
  | { type: 'provider.ready' }
  | { type: 'provider.firstAudio'; speechEnd?: SpeechEnd }
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
  /** The model has been sent something to answer that did not come from here: what it missed while there was no connection. */
  | { type: 'provider.prompted' }
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
  | { type: 'provider.toolResults'; results: ToolCallResult[] }
  | { type: 'tool.run'; call: ToolCallState }
  /** The provider's present connection knows the running call: its result can be given to it as such. */
  | { type: 'tool.known'; id: string }
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
    request: '',
    lastAnswerAt: 0,
    prompted: false,
    lastFirstAudioAt: 0,
    turns: [],
    modelDone: true,
    owesTurnCompleteSince: 0,
    staleSince: 0,
    cutTurn: 0,
    leftovers: [],
    heldTexts: [],
    textIds: [],
    connection: 0,
    recentToolCalls: [],
  };
}

/** A state that was saved, maybe by an older release that knew less. */
export function savedCall(saved: CallState): CallState {
  const turns = saved.turns.map((turn) => ({ ...newTurn(turn.turn, turn.role, turn.startedAt), ...turn }));
  return { ...newCall(saved.greeting), ...saved, turns };
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
    prompted: false,
    settled: false,
    unheardText: '',
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
