/** What the caller says and writes, and how far the caller's device has played. */
import { MAX_UNACKNOWLEDGED_TEXTS } from '@orbisvoice/client/protocol/constants';
import { cut } from './agent-turns.js';
import { close, closeIfPlayed } from './closing.js';
import { open } from './opening.js';
import type { Step } from './step.js';

/** A caller who pauses this long, unanswered, begins a new turn. */
const USER_PAUSE_MS = 5_000;
const MAX_HELD_TEXTS = 16;

export function userSpoke(step: Step, text: string): void {
  const user = step.openUserTurn();
  if (user && step.at - user.endedAt > USER_PAUSE_MS) close(step, user);
  const turn = user && user.phase === 'open' ? user : open(step, 'user');
  turn.text += text;
  turn.endedAt = step.at;
  step.state.awaitingAnswer = true;
  step.send({ type: 'transcript.delta', turn: turn.turn, role: 'user', text });
}

/** The utterance will be transcribed once more, from its beginning. */
export function reheard(step: Step): void {
  const user = step.openUserTurn();
  if (user) user.text = '';
}

export function textCame(step: Step, text: string, id: string | undefined): void {
  if (id === undefined) return userWrote(step, text);
  const { state } = step;
  const isNew = !state.textIds.includes(id);
  if (isNew) state.textIds = [...state.textIds, id].slice(-MAX_UNACKNOWLEDGED_TEXTS);
  step.effects.push({ type: 'text.taken', id });
  if (isNew) userWrote(step, text);
}

function userWrote(step: Step, text: string): void {
  const { state } = step;
  const playing = step.audibleAgentTurn();
  if (playing?.phase === 'open') state.staleSince = step.at;
  if (playing) cut(step, playing);
  for (const turn of state.turns) if (turn.role === 'user') close(step, turn);
  const turn = open(step, 'user', 'text');
  turn.text = text;
  state.lastTextAt = step.at;
  state.awaitingAnswer = true;
  step.send({ type: 'transcript.delta', turn: turn.turn, role: 'user', text });
  close(step, turn);
  const cutTurn = state.turns.findLast((earlier) => earlier.phase === 'cut');
  if (!cutTurn) step.effects.push({ type: 'provider.text', text });
  else if (state.heldTexts.length < MAX_HELD_TEXTS) state.heldTexts.push({ turn: cutTurn.turn, text });
}

export function played(step: Step, turnNumber: number, playedMs: number): void {
  step.update(turnNumber, (turn) => {
    if (turn.role !== 'agent') return;
    if (playedMs > 0 && turn.firstPlayedAt === 0) turn.firstPlayedAt = step.at - playedMs;
    turn.playedMs = Math.max(turn.playedMs, Math.min(playedMs, turn.generatedMs));
    if (turn.phase === 'cut') close(step, turn);
    else if (turn.phase === 'playing') closeIfPlayed(step, turn);
  });
}
