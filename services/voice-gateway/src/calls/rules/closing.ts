/** How a turn ends: played, interrupted or given up, and what client and model are told of it. */
import { generatedOf, isEmpty, isKeptOpenByTool } from '../call-situation.js';
import type { TurnState } from '../call-state.js';
import { heardOf } from '../heard-text.js';
import { timingsOf } from '../latency-ledger.js';
import type { Step } from './step.js';

/** How much longer than its audio a generated turn may take to be reported as played. */
export const PLAYBACK_SLACK_MS = 3_000;
/** A position within this much of the end counts as the end: the last report is made before the last sample. */
const PLAYED_TOLERANCE_MS = 60;
/** So long after the answer has begun nobody waits any more for words of the caller: a call may move without them. */
export const SETTLED_AFTER_MS = 1_000;
/** Words of the caller that come this long after the answer has begun, or later while it is being heard, belong before it. */
export const LATE_TRANSCRIPT_MS = 4_000;
/** How long a turn that has been played waits for the provider to close it, which brings its usage. */
const LATE_TURN_COMPLETE_MS = 1_500;

export function closeIfPlayed(step: Step, turn: TurnState): void {
  if (isKeptOpenByTool(turn)) return;
  const leftMs = turn.generatedMs - turn.playedMs;
  if (isPlayed(turn) && turn.complete) close(step, turn);
  else if (isPlayed(turn))
    step.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: LATE_TURN_COMPLETE_MS });
  else step.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: leftMs + PLAYBACK_SLACK_MS });
}

/** All that was generated so far has been heard. */
export function isPlayed(turn: TurnState): boolean {
  return turn.generatedMs - turn.playedMs <= PLAYED_TOLERANCE_MS;
}

/** Something newer has begun: what is transcribed from now on belongs to that. */
export function closeAnswered(step: Step): void {
  for (const turn of step.answeredTurns()) close(step, turn);
}

/** Nothing has been heard of a turn for as long as it was given. */
export function deadline(step: Step, turn: TurnState): void {
  if (turn.role === 'agent') return close(step, turn);
  if (turn.settled) return closeIfOver(step, turn);
  turn.settled = true;
  step.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: LATE_TRANSCRIPT_MS - SETTLED_AFTER_MS });
}

/** A turn of the caller whose answer is over. While that is being heard, nothing is lost by waiting for the caller's last words. */
function closeIfOver(step: Step, turn: TurnState): void {
  const answer = step.state.turns.find(
    ({ role, phase }, at, turns) => role === 'agent' && phase !== 'closed' && at > turns.indexOf(turn),
  );
  if (!answer) close(step, turn);
}

export function close(step: Step, turn: TurnState): void {
  if (turn.phase === 'closed') return;
  if (turn.role === 'agent') endAgentTurn(step, turn);
  const heard = heardOf(turn);
  if (turn.phase === 'cut') tellHeard(step, turn, heard);
  turn.phase = 'closed';
  if (isEmpty(turn)) return;
  step.send({
    type: 'transcript.final',
    turn: turn.turn,
    role: turn.role,
    generated: generatedOf(turn),
    heard,
    interrupted: turn.interrupted,
  });
  step.send({
    type: 'turn.finished',
    turn: turn.turn,
    role: turn.role,
    ...(turn.role === 'agent' ? { timings: timingsOf(turn) } : {}),
  });
}

function endAgentTurn(step: Step, turn: TurnState): void {
  const { state, at } = step;
  if (at - turn.startedAt >= LATE_TRANSCRIPT_MS) closeAnswered(step);
  // A turn that nothing more was heard of is taken as played to its end, unless it was interrupted.
  if (turn.phase !== 'cut') turn.endedAt = Math.max(turn.endedAt, at);
  if (turn.turn === state.cutTurn) settleLeftovers(step);
}

/** What came of an interrupted turn behind its cut is its own; nobody heard it. A turn that is over already is left as it was told. */
export function settleLeftovers({ state }: Step): void {
  const turn = state.turns.find((candidate) => candidate.turn === state.cutTurn && candidate.phase !== 'closed');
  if (turn) turn.unheardText += state.leftovers.map(({ text }) => text).join('');
  state.leftovers = [];
}

/** The model knows what it generated. What the caller heard of it is known only here, and only now. */
function tellHeard(step: Step, turn: TurnState, heard: string): void {
  const { state, effects } = step;
  const texts = state.heldTexts.filter((held) => held.turn === turn.turn);
  state.heldTexts = state.heldTexts.filter((held) => held.turn !== turn.turn);
  if (heard !== generatedOf(turn)) effects.push({ type: 'provider.heard', heard, now: texts.length > 0 });
  for (const { text } of texts) step.prompt(text);
}
