/** What the caller says and writes, and how far the caller's device has played. */
import { MAX_UNACKNOWLEDGED_TEXTS } from '@orbisvoice/client/protocol/constants';
import { cut } from './agent-turns.js';
import type { TurnState } from '../call-state.js';
import { close, closeAnswered, closeIfPlayed, isPlayed } from './closing.js';
import { open, openBefore } from './opening.js';
import type { Step } from './step.js';

/** A caller who pauses this long, unanswered, begins a new turn. */
const USER_PAUSE_MS = 5_000;
export const MAX_HELD_TEXTS = 16;
/** In steady noise nothing shows where speech begins: words that come this long after the answer has begun are taken for new ones. */
const NOISY_TRANSCRIPT_MS = 5_000;
/** The same for an answer that has been heard. */
const NOISY_END_MS = 700;

/** Sound that is older than this tells nothing of what is transcribed now. */
const RECENT_SPEECH_MS = 10_000;

/**
 * Words belong where they were spoken, and come when they come: maybe long after the answer to them has begun. So they are the
 * question's that is being answered until something newer has clearly begun.
 */
export function userSpoke(step: Step, text: string): void {
  const answer = step.state.turns.findLast(({ role }) => role === 'agent');
  const asking = step.unansweredTurn();
  const turn =
    answer && !asking && !isNewer(step, answer) ? questionOf(step, answer) : (continued(step, asking) ?? begun(step));
  turn.text += text;
  step.send({ type: 'transcript.delta', turn: turn.turn, role: 'user', text });
}

function questionOf(step: Step, answer: TurnState): TurnState {
  return step.answeredTurns().at(-1) ?? openBefore(step, answer);
}

/** What is being said goes on, unless the caller was silent for so long that this is something else. */
function continued(step: Step, asking: TurnState | undefined): TurnState | undefined {
  if (!asking) return undefined;
  const { at, speech } = step;
  const wentOn = speech.since > 0 && speech.since <= asking.endedAt;
  if (at - asking.endedAt > USER_PAUSE_MS && !wentOn) {
    close(step, asking);
    return undefined;
  }
  asking.endedAt = at;
  step.state.awaitingAnswer = true;
  return asking;
}

function begun(step: Step): TurnState {
  const { state, speech } = step;
  closeAnswered(step);
  // Words that are late beyond measure have been answered all the same.
  const wasAnswered = speech.until > 0 && speech.until < state.lastAnswerAt;
  if (!wasAnswered) state.awaitingAnswer = true;
  return open(step, 'user');
}

/** Whether words that come now were said after that turn of the agent had begun. */
function isNewer(step: Step, answer: TurnState): boolean {
  const { at, speech, state } = step;
  if (speech.since > answer.startedAt) return true;
  const isKnown = speech.until > 0 && speech.until > answer.startedAt - RECENT_SPEECH_MS;
  const spokenInto = !isKnown || speech.until >= answer.startedAt;
  const wasWrittenInto = state.turns.some(({ inputKind, turn }) => inputKind === 'text' && turn > answer.turn);
  if (answer.interrupted && !wasWrittenInto) return true;
  if (!spokenInto) return false;
  // The sound tells nothing: words are new when the answer was not to a voice, or is over, or has been going on for long.
  const hasBegun = answer.generatedMs > 0 || step.answeredTurns().length === 0;
  const isOver = hasBegun && isPlayed(answer) && answer.toolCalls.length === 0;
  const isLong = at - answer.startedAt > NOISY_TRANSCRIPT_MS;
  const wasOver = answer.phase === 'closed' && at - answer.endedAt > NOISY_END_MS;
  return answer.prompted || (isKnown ? isLong || wasOver : isOver);
}

/** The utterance will be transcribed once more, from its beginning. */
export function reheard(step: Step): void {
  const asking = step.unansweredTurn();
  if (asking) asking.text = '';
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
  const asking = step.unansweredTurn();
  if (asking) close(step, asking);
  const turn = open(step, 'user', 'text');
  turn.text = text;
  state.lastTextAt = step.at;
  state.awaitingAnswer = true;
  step.send({ type: 'transcript.delta', turn: turn.turn, role: 'user', text });
  close(step, turn);
  const cutTurn = state.turns.findLast((earlier) => earlier.phase === 'cut');
  if (!cutTurn) step.prompt(text);
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
