/** How a turn begins, and what that means for the turns before it. */
import { isKeptOpenByTool } from '../call-situation.js';
import { newTurn, type TurnState } from '../call-state.js';
import { close } from './closing.js';
import type { Step } from './step.js';

/** Text of what the caller said may come this long after the answer to it has begun. */
export const LATE_TRANSCRIPT_MS = 1_000;

export function open(step: Step, role: TurnState['role'], inputKind: TurnState['inputKind'] = 'audio'): TurnState {
  const { state } = step;
  if (role === 'agent') agentBegins(step);
  const turn = newTurn(++state.lastTurn, role, step.at, inputKind);
  state.turns.push(turn);
  step.send({ type: 'turn.started', turn: turn.turn, role });
  return turn;
}

/**
 * The turn that the model is generating, begun now if need be. When the caller has said something since, the turnComplete of the
 * older turn never came, and this is the answer.
 */
export function agentTurn(step: Step): TurnState {
  const turn = step.openAgentTurn();
  const answered = turn && step.state.turns.some((user) => user.role === 'user' && user.turn > turn.turn);
  if (turn && !answered) return turn;
  if (turn) turn.phase = 'playing';
  return open(step, 'agent');
}

function agentBegins(step: Step): void {
  const { state } = step;
  // Whatever was still being played when the model speaks anew has been played or never will be.
  for (const turn of state.turns)
    if (turn.role === 'agent' && turn.phase === 'playing' && !isKeptOpenByTool(turn)) close(step, turn);
  for (const turn of state.turns) if (turn.role === 'user' && turn.phase === 'open') awaitLateText(step, turn);
  state.awaitingAnswer = false;
  if (!state.modelDone) state.owesTurnCompleteSince = step.at;
  state.modelDone = false;
}

/** What the caller said may be transcribed only after the answer has begun. */
function awaitLateText(step: Step, turn: TurnState): void {
  step.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: LATE_TRANSCRIPT_MS });
}
