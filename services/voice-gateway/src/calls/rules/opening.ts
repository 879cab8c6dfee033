/** How a turn begins, and what that means for the turns before it. */
import { isKeptOpenByTool } from '../call-situation.js';
import { newTurn, type TurnState } from '../call-state.js';
import { close, closeAnswered, SETTLED_AFTER_MS } from './closing.js';
import type { Step } from './step.js';

/** Text without a sound belongs to what is heard next, if that comes within this time. */
const TEXT_AHEAD_MS = 300;

export function open(step: Step, role: TurnState['role'], inputKind: TurnState['inputKind'] = 'audio'): TurnState {
  const { state } = step;
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
  const answered = turn && step.state.turns.some((user) => user.role === 'user' && step.follows(user, turn));
  if (turn && !answered) return turn;
  if (turn) turn.phase = 'playing';
  return openAgentTurn(step);
}

/** A turn of the caller that is known of only now that its answer has begun. */
export function openBefore(step: Step, answer: TurnState): TurnState {
  const { turns } = step.state;
  const turn = open(step, 'user');
  turns.splice(turns.indexOf(answer), 0, turns.pop()!);
  turn.startedAt = answer.startedAt;
  turn.endedAt = answer.startedAt;
  awaitLateText(step, turn);
  return turn;
}

function openAgentTurn(step: Step): TurnState {
  const { state } = step;
  // Whatever was still being played when the model speaks anew has been played or never will be.
  for (const turn of state.turns)
    if (turn.role === 'agent' && turn.phase === 'playing' && !isKeptOpenByTool(turn)) close(step, turn);
  closeAnswered(step);
  const asking = step.unansweredTurn() ?? placeForSpeech(step);
  if (asking) awaitLateText(step, asking);
  state.awaitingAnswer = false;
  if (!state.modelDone) state.owesTurnCompleteSince = step.at;
  state.modelDone = false;
  const turn = open(step, 'agent');
  turn.prompted = state.prompted;
  state.prompted = false;
  state.lastAnswerAt = step.at;
  takeLeftovers(step, turn);
  return turn;
}

/** The answer has come before the words that it answers: they have their place all the same. */
function placeForSpeech(step: Step): TurnState | undefined {
  const { state, speech } = step;
  if (state.prompted || speech.since === 0 || speech.until <= state.lastAnswerAt) return undefined;
  const turn = open(step, 'user');
  turn.startedAt = Math.max(speech.since, state.lastAnswerAt);
  turn.endedAt = speech.until;
  return turn;
}

/** What the caller said may be transcribed only after the answer has begun. */
function awaitLateText(step: Step, turn: TurnState): void {
  step.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: SETTLED_AFTER_MS });
}

/** What came without a sound since the interruption is the rest of the turn before, unless this turn's sound follows it at once. */
function takeLeftovers(step: Step, turn: TurnState): void {
  const { state, at } = step;
  const own = state.leftovers.filter((piece) => at - piece.at <= TEXT_AHEAD_MS);
  state.leftovers = [];
  state.cutTurn = 0;
  for (const { text } of own) say(step, turn, text);
}

export function say(step: Step, turn: TurnState, text: string): void {
  turn.text += text;
  turn.marks.push({ audioMs: turn.generatedMs, textLength: turn.text.length });
  step.send({ type: 'transcript.delta', turn: turn.turn, role: 'agent', text });
}
