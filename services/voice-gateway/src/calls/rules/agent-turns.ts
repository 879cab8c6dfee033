/** What the model says: its turns, from the first sound to the end that it tells of, or to an interruption. */
import { awaitsTool } from '../call-situation.js';
import type { CallEvent, TurnState } from '../call-state.js';
import { joinWords } from '../words.js';
import { closeAnswered, closeIfPlayed, settleLeftovers } from './closing.js';
import { agentTurn, say } from './opening.js';
import type { Step } from './step.js';

/** How long an interrupted turn waits for the client to say how far it had played. */
export const CUT_DEADLINE_MS = 500;
const MAX_LEFTOVERS = 200;
/** A turnComplete that is later than this will not come: the latest seen came after 50 s. */
const OWED_TURN_COMPLETE_MS = 60_000;
/** The model hears of a text within this time, and says no more of the turn that it cut. */
const STALE_AUDIO_MS = 2_500;

type FirstAudio = Extract<CallEvent, { type: 'provider.firstAudio' }>;

export function firstAudio(step: Step, { speechEnd }: FirstAudio): void {
  if (isStale(step)) return;
  const { state, at, speech } = step;
  const turn = agentTurn(step);
  if (turn.firstAudioAt > 0) return;
  turn.firstAudioAt = at;
  // Only what answers the user has an answer time: a greeting has none, nor has what is said about a tool's result later on.
  const askedAt = Math.max(speech.until, state.lastTextAt);
  if (askedAt > state.lastFirstAudioAt) {
    turn.askedAt = askedAt;
    turn.providerFirstAudioMs = Math.max(0, at - askedAt);
    if (askedAt === speech.until) Object.assign(turn, speechEnd);
  }
  state.lastFirstAudioAt = at;
}

export function agentSpoke(step: Step, text: string): void {
  const { state, at } = step;
  if (isStale(step) || state.cutTurn > 0) {
    // Text lags behind its sound: an interrupted turn may have more of it.
    state.leftovers = [...state.leftovers, { at, text }].slice(-MAX_LEFTOVERS);
    return;
  }
  const turn = step.unfinishedAgentTurn() ?? agentTurn(step);
  say(step, turn, asContinuation(step, turn, text));
}

/** For the model, what it says about a tool's result may begin a turn. In ours, words came before: they need a space between. */
function asContinuation({ state }: Step, turn: TurnState, text: string): string {
  const saysResult = turn.phase === 'open' && turn.toolCalls.some((call) => call.outcome !== undefined);
  if (!state.modelDone || !saysResult) return text;
  state.modelDone = false;
  return joinWords(turn.text, text);
}

/** The model has not taken note yet of what the user wrote into its turn. */
function isStale({ state, at }: Step): boolean {
  const { staleSince } = state;
  if (staleSince > 0 && at - staleSince > STALE_AUDIO_MS) state.staleSince = 0;
  return state.staleSince > 0;
}

export function interrupt(step: Step): void {
  step.state.staleSince = 0;
  settleLeftovers(step);
  const turn = step.audibleAgentTurn();
  if (!turn) return;
  closeAnswered(step);
  cut(step, turn);
}

export function cut(step: Step, turn: TurnState): void {
  turn.phase = 'cut';
  turn.interrupted = true;
  turn.endedAt = step.at;
  step.state.request = '';
  step.state.cutTurn = turn.turn;
  step.state.leftovers = [];
  step.send({ type: 'interrupted', turn: turn.turn });
  step.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: CUT_DEADLINE_MS });
}

export function generated(step: Step): void {
  const turn = step.openAgentTurn();
  // The model may end its turn to wait for a tool: what it says about the result still belongs to this turn.
  if (!turn || awaitsTool(turn)) return;
  turn.phase = 'playing';
  step.state.request = '';
  closeIfPlayed(step, turn);
}

export function turnComplete(step: Step): void {
  const { state } = step;
  state.staleSince = 0;
  settleLeftovers(step);
  const owed = state.owesTurnCompleteSince;
  state.owesTurnCompleteSince = 0;
  // It may come long after the turn, when the next one is being generated already: that one goes on.
  if (owed > 0 && step.at - owed < OWED_TURN_COMPLETE_MS && step.openAgentTurn()) return;
  state.modelDone = true;
  generated(step);
  const turn = step.unfinishedAgentTurn();
  if (!turn) return;
  turn.complete = true;
  closeIfPlayed(step, turn);
}

export function used({ state }: Step, usage: TurnState['usage']): void {
  const turn = state.turns.findLast((candidate) => candidate.role === 'agent');
  if (turn) turn.usage = usage;
}

export function providerLost(step: Step): void {
  const { state } = step;
  state.connection += 1;
  state.modelDone = true;
  state.owesTurnCompleteSince = 0;
  state.staleSince = 0;
  state.cutTurn = 0;
  state.leftovers = [];
  closeAnswered(step);
  // What the next connection says belongs to none of the turns of this one.
  for (const turn of state.turns) {
    if (turn.role !== 'agent' || turn.complete || (turn.phase !== 'open' && turn.phase !== 'playing')) continue;
    turn.phase = 'playing';
    turn.complete = true;
    closeIfPlayed(step, turn);
  }
}
