/** What a call's state means at a moment: questions that are asked of it outside of its rules. */
import type { CallEffect, CallState, TurnState } from './call-state.js';

const KEPT_EFFECTS = new Set<CallEffect['type']>([
  'started',
  'store.turn',
  'tool.run',
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

/** The connection was lost during a tool call: the turn will not go on, but the result belongs to it. */
export function isKeptOpenByTool(turn: TurnState): boolean {
  return turn.complete && awaitsTool(turn);
}

export function isEmpty(turn: TurnState): boolean {
  return turn.text.trim() === '' && turn.toolCalls.length === 0 && turn.generatedMs === 0;
}

/** The model has nothing to say, and nothing to wait for. */
export function isAtRest(state: CallState): boolean {
  return !state.awaitingAnswer && !turnInGeneration(state) && !state.turns.some(awaitsTool);
}
