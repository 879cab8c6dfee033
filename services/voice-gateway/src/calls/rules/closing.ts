/** How a turn ends: played, interrupted or given up, and what client and model are told of it. */
import { isEmpty, isKeptOpenByTool } from '../call-situation.js';
import type { TurnState } from '../call-state.js';
import { heardOf } from '../heard-text.js';
import { timingsOf } from '../latency-ledger.js';
import type { Step } from './step.js';

/** How much longer than its audio a generated turn may take to be reported as played. */
export const PLAYBACK_SLACK_MS = 3_000;
/** A position within this much of the end counts as the end: the last report is made before the last sample. */
export const PLAYED_TOLERANCE_MS = 60;
/** How long a turn that has been played waits for the provider to close it, which brings its usage. */
const LATE_TURN_COMPLETE_MS = 1_500;

export function closeIfPlayed(step: Step, turn: TurnState): void {
  if (isKeptOpenByTool(turn)) return;
  const leftMs = turn.generatedMs - turn.playedMs;
  if (leftMs <= PLAYED_TOLERANCE_MS && turn.complete) close(step, turn);
  else if (leftMs <= PLAYED_TOLERANCE_MS)
    step.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: LATE_TURN_COMPLETE_MS });
  else step.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: leftMs + PLAYBACK_SLACK_MS });
}

export function closeEarlierUserTurns(step: Step, before: TurnState): void {
  for (const turn of step.state.turns) if (turn.role === 'user' && turn.turn < before.turn) close(step, turn);
}

export function close(step: Step, turn: TurnState): void {
  if (turn.phase === 'closed') return;
  // A turn that nothing more was heard of is taken as played to its end, unless it was interrupted.
  if (turn.phase === 'open' || turn.phase === 'playing') turn.endedAt = Math.max(turn.endedAt, step.at);
  const heard = heardOf(turn);
  if (turn.phase === 'cut') tellHeard(step, turn, heard);
  turn.phase = 'closed';
  if (isEmpty(turn)) return;
  step.send({
    type: 'transcript.final',
    turn: turn.turn,
    role: turn.role,
    generated: turn.text,
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

/** The model knows what it generated. What the caller heard of it is known only here, and only now. */
function tellHeard({ state, effects }: Step, turn: TurnState, heard: string): void {
  const texts = state.heldTexts.filter((held) => held.turn === turn.turn);
  state.heldTexts = state.heldTexts.filter((held) => held.turn !== turn.turn);
  if (heard !== turn.text) effects.push({ type: 'provider.heard', heard, now: texts.length > 0 });
  for (const { text } of texts) effects.push({ type: 'provider.text', text });
}
