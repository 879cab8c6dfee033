/** A running call as the page shows it: a pure function from what happened to the next view. */
import type { CallEnded, CallEvents } from '@orbisvoice/client/call/call-events';
import type { CallStateName } from '@orbisvoice/client/call/call-state';
import type { CallStarted } from '@orbisvoice/client/protocol/messages';
import type { ShownToolCall, ShownTurn } from '../conversations/turn-model';

export type CallPhase = 'idle' | 'connecting' | 'active' | 'reconnecting' | 'ended';
export type Activity = 'listening' | 'thinking' | 'speaking';

export interface CallView {
  phase: CallPhase;
  activity: Activity;
  started?: CallStarted;
  startedAtMs?: number;
  turns: ShownTurn[];
  /** How many turns at the beginning are not shown any more. */
  turnsLeftOut: number;
  /** The newest error that did not end the call. */
  problem?: string;
  ended?: CallEnded;
}

/** The stored record has every turn; the live view keeps the newest, so that a long call stays light. */
export const MAX_SHOWN_TURNS = 100;

export const NO_CALL: CallView = { phase: 'idle', activity: 'listening', turns: [], turnsLeftOut: 0 };

type From<Name extends keyof CallEvents> = { type: Name; event: CallEvents[Name] };

export type CallHappening =
  | { type: 'startRequested' }
  /** The page was loaded again during a call. */
  | { type: 'takenUp'; view: CallView }
  | { type: 'textSent' }
  | { type: 'started'; event: CallStarted; atMs: number }
  | { type: 'stateChanged'; event: { to: CallStateName } }
  | { type: 'audioHeard' }
  | { type: 'callerPaused' }
  | { type: 'problem'; message: string }
  | From<'turnStarted'>
  | From<'transcriptUpdated'>
  | From<'transcriptFinished'>
  | From<'interrupted'>
  | From<'toolStarted'>
  | From<'toolFinished'>
  | From<'turnFinished'>
  | From<'ended'>;

export function next(view: CallView, happening: CallHappening): CallView {
  switch (happening.type) {
    case 'startRequested':
      return { ...NO_CALL, phase: 'connecting' };
    case 'takenUp':
      return { ...happening.view, phase: 'reconnecting', activity: 'listening', problem: undefined };
    case 'started':
      return { ...view, started: happening.event, startedAtMs: view.startedAtMs ?? happening.atMs };
    case 'stateChanged':
      return { ...view, phase: happening.event.to };
    case 'textSent':
      return { ...view, activity: 'thinking' };
    case 'audioHeard':
      return { ...view, activity: 'speaking' };
    case 'callerPaused':
      return view.turns.at(-1)?.role === 'user' ? { ...view, activity: 'thinking' } : view;
    case 'problem':
      return { ...view, problem: happening.message };
    case 'ended':
      return { ...view, phase: 'ended', ended: happening.event, turns: view.turns.map(closed) };
    default:
      return afterTurnEvent(view, happening);
  }
}

type TurnHappening = Extract<
  CallHappening,
  From<'turnStarted' | 'interrupted' | 'turnFinished'> | { type: `transcript${string}` } | { type: `tool${string}` }
>;

function afterTurnEvent(view: CallView, happening: TurnHappening): CallView {
  switch (happening.type) {
    case 'turnStarted': {
      const { turn, role } = happening.event;
      const activity = role === 'user' ? 'listening' : view.activity === 'speaking' ? 'speaking' : 'thinking';
      return { ...withTurn(view, turn, role, (shown) => shown), activity };
    }
    case 'transcriptUpdated': {
      const { turn, role, text } = happening.event;
      const changed = withTurn(view, turn, role, (shown) => ({ ...shown, text }));
      return role === 'user' && isNewest(changed, turn) ? { ...changed, activity: 'listening' } : changed;
    }
    case 'transcriptFinished': {
      const { turn, role, generated, heard, interrupted } = happening.event;
      const finished = { text: generated, heard, interrupted, open: false };
      return withTurn(view, turn, role, (shown) => ({ ...shown, ...finished }));
    }
    case 'interrupted':
      return {
        ...withTurn(view, happening.event.turn, 'agent', (shown) => ({ ...shown, interrupted: true })),
        activity: 'listening',
      };
    case 'toolStarted': {
      const { turn, toolCallId: id, name, arguments: given } = happening.event;
      const toolCall: ShownToolCall = { id, name, arguments: given };
      const changed = withTurn(view, turn, 'agent', (shown) => withToolCall(shown, toolCall));
      return { ...changed, activity: 'thinking' };
    }
    case 'toolFinished': {
      const { turn, toolCallId: id, name, outcome, result, durationMs } = happening.event;
      return withTurn(view, turn, 'agent', (shown) => {
        const started = shown.toolCalls.find((toolCall) => toolCall.id === id);
        return withToolCall(shown, { id, name, arguments: started?.arguments, outcome, result, durationMs });
      });
    }
    case 'turnFinished': {
      const { turn, role, timings } = happening.event;
      const changed = withTurn(view, turn, role, (shown) => ({
        ...shown,
        open: false,
        ...(timings ? { timings } : {}),
      }));
      // A turn can be finished long after the next one has begun, and then says nothing of what goes on now.
      if (!isNewest(view, turn)) return changed;
      return { ...changed, activity: role === 'agent' ? 'listening' : 'thinking' };
    }
  }
}

/** Turns worth a place on the page: not those in which nothing was said, except for the one that goes on now. */
export function visibleTurns({ turns, phase }: CallView): ShownTurn[] {
  return turns.filter((turn, at) => {
    const waits = turn.open && at === turns.length - 1 && phase !== 'ended';
    return turn.text !== '' || turn.toolCalls.length > 0 || waits;
  });
}

function isNewest(view: CallView, turn: number): boolean {
  return view.turns.every((shown) => shown.key <= turn);
}

/** Changes one turn, which is added when it is new. All others stay the same objects, so only this one is drawn again. */
function withTurn(
  view: CallView,
  turn: number,
  role: 'user' | 'agent',
  change: (shown: ShownTurn) => ShownTurn,
): CallView {
  const position = view.turns.findIndex((shown) => shown.key === turn);
  if (position >= 0)
    return { ...view, turns: view.turns.map((shown, at) => (at === position ? change(shown) : shown)) };
  const added = change({ key: turn, role, text: '', interrupted: false, open: true, toolCalls: [] });
  const turns = [...view.turns, added];
  const excess = Math.max(0, turns.length - MAX_SHOWN_TURNS);
  return { ...view, turns: turns.slice(excess), turnsLeftOut: view.turnsLeftOut + excess };
}

function withToolCall(shown: ShownTurn, toolCall: ShownToolCall): ShownTurn {
  const known = shown.toolCalls.some(({ id }) => id === toolCall.id);
  const toolCalls = known
    ? shown.toolCalls.map((other) => (other.id === toolCall.id ? toolCall : other))
    : [...shown.toolCalls, toolCall];
  return { ...shown, toolCalls };
}

function closed(shown: ShownTurn): ShownTurn {
  return shown.open ? { ...shown, open: false } : shown;
}
