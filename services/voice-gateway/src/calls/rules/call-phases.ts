/** How a call begins and ends. */
import { cutText } from '@orbisvoice/service-kit/cut-text';
import type { CallEvent, TurnState } from '../call-state.js';
import { close, isPlayed } from './closing.js';
import type { Step } from './step.js';
import { leaveTools } from './tool-calls.js';

/** As AppendEvents takes it. */
const MAX_DETAIL_LENGTH = 1_000;

export function start(step: Step): void {
  const { state, effects } = step;
  if (state.phase !== 'starting') return;
  state.phase = 'live';
  effects.push({ type: 'started' });
  if (state.greeting === '') return;
  const text = `The call has just begun. Greet the caller by saying exactly: "${state.greeting}"`;
  state.request = text;
  step.prompt(text);
}

export function end(step: Step, reason: Extract<CallEvent, { type: 'call.end' }>['reason'], detail: string): void {
  for (const turn of step.state.turns) endTurn(step, turn, reason);
  step.state.phase = 'ended';
  step.ending = { type: 'end', reason, detail: cutText(detail, MAX_DETAIL_LENGTH) };
}

/** The call ends in the middle of a turn: what was not played by then was not heard. */
function endTurn(step: Step, turn: TurnState, reason: string): void {
  leaveTools(step, turn, reason);
  if (turn.phase === 'closed') return;
  if (turn.role === 'agent' && turn.phase !== 'cut' && !isPlayed(turn)) turn.interrupted = true;
  close(step, turn);
}
