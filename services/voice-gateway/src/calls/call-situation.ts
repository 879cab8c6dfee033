/** What a call's state means at a moment: questions that are asked of it outside of its rules. */
import type { CallEffect, CallState, TurnState } from './call-state.js';

const KEPT_EFFECTS = new Set<CallEffect['type']>([
  'started',
  'store.turn',
  'tool.run',
  'tool.known',
  'provider.toolResults',
  'provider.text',
  'provider.heard',
]);

/** The next holder of a call must know of one of them. */
export function mustBeKept(effects: CallEffect[]): boolean {
  return effects.some(({ type }) => KEPT_EFFECTS.has(type));
}

/** The agent turn that is being generated. */
export function turnInGeneration({ turns }: CallState): TurnState | undefined {
  for (let i = turns.length - 1; i >= 0; i--) {
    const turn = turns[i]!;
    if (turn.role !== 'agent') continue;
    // When the caller has said something since, what comes now belongs to the next turn.
    return turn.phase === 'open' && i === turns.length - 1 ? turn : undefined;
  }
  return undefined;
}

export function awaitsTool(turn: TurnState): boolean {
  return turn.toolCalls.some((call) => call.outcome === undefined);
}

/** When the audio generated so far will have been played, if more of it is due. */
export function playsUntil(state: CallState, downlink: { generatedMs(turn: number): number }): number | undefined {
  const turn = turnInGeneration(state);
  return turn && !awaitsTool(turn) ? turn.firstAudioAt + downlink.generatedMs(turn.turn) : undefined;
}

/** The connection was lost during a tool call: the turn will not go on, but the result belongs to it. */
export function isKeptOpenByTool(turn: TurnState): boolean {
  return turn.complete && awaitsTool(turn);
}

/** All that the model said in a turn of its, or the caller in one of theirs. */
export function generatedOf(turn: TurnState): string {
  return turn.text + turn.unheardText;
}

export function isEmpty(turn: TurnState): boolean {
  return generatedOf(turn).trim() === '' && turn.toolCalls.length === 0 && turn.generatedMs === 0;
}

/** The caller's words are not all known yet: the model may go on transcribing them for a while after it has begun to answer. */
export function isHearing({ turns }: CallState): boolean {
  return turns.some(isUnsettled);
}

function isUnsettled({ role, phase, settled }: TurnState): boolean {
  return role === 'user' && phase === 'open' && !settled;
}

/**
 * A call whose holder has gone while an answer was beginning. What is being answered will be heard once more, from its beginning, and
 * answered as a whole, so that answer has never been.
 */
export function beforeAnswer(state: CallState): CallState {
  const asked = state.turns.findLastIndex(isUnsettled);
  const begun = state.turns.slice(asked + 1);
  if (asked < 0 || begun.length === 0 || !begun.every(isBeginning)) return state;
  return { ...state, turns: state.turns.slice(0, asked + 1), awaitingAnswer: true };
}

function isBeginning({ role, phase, toolCalls }: TurnState): boolean {
  return role === 'agent' && phase === 'open' && toolCalls.length === 0;
}

/** The model has nothing to say, and nothing to wait for. */
export function isAtRest(state: CallState): boolean {
  return !state.awaitingAnswer && !turnInGeneration(state) && !state.turns.some(awaitsTool);
}
