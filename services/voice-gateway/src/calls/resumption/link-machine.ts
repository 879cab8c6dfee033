/**
 * When a call lets go of its provider's connection and takes a new one: a pure function. One way leads through it, whatever the
 * reason: the provider's announcement, a fault, a stall. The session survives by the provider's handle; without one, or when the
 * handle is refused or leads nowhere, a fresh session is told the conversation so far.
 */
import type { ProviderFailure } from '../../provider/provider.js';

export type ReattachReason = 'goaway' | 'fault' | 'stalled' | 'handover';

export interface LinkState {
  /** `leaving`: the provider has announced the end, and a quiet moment is awaited. */
  phase: 'connecting' | 'live' | 'leaving' | 'reattaching' | 'over';
  /** The newest handle, '' before the first. */
  handle: string;
  /** The handle covers everything up to now: no turn is running. */
  resumable: boolean;
  reason: ReattachReason;
  /** Tries of this re-attachment so far. */
  tries: number;
  /** The handle has failed; from now on only fresh sessions are tried. */
  fresh: boolean;
  /** When the connection was given up. */
  since: number;
}

export type LinkEvent = { at: number } & (
  | { type: 'ready' }
  | { type: 'handle'; handle: string }
  | { type: 'unresumable' }
  | { type: 'goAway'; timeLeftMs: number }
  | { type: 'quiet' }
  | { type: 'deadline' }
  | { type: 'retry' }
  | { type: 'stalled' }
  | { type: 'closed'; failure: ProviderFailure }
);

export type LinkEffect =
  /** '' opens a fresh session. */
  | { type: 'open'; handle: string }
  | { type: 'close' }
  /** Calls back with that event; a newer timer replaces an older one. */
  | { type: 'timer'; event: 'deadline' | 'retry'; afterMs: number }
  | { type: 'clearTimer' }
  | { type: 'started' }
  | { type: 'reattached'; reason: ReattachReason; gapMs: number; fresh: boolean }
  /** What was kept to be sent again made the provider close; it must not do so for ever. */
  | { type: 'dropAudio' }
  | { type: 'failed'; failure: ProviderFailure };

/** The announced time is not used up: closing first leaves room for the new connection. */
const GOAWAY_MARGIN_MS = 1_500;
/** A re-attachment that takes longer than this has failed. */
export const REATTACH_TIMEOUT_MS = 20_000;
const BACKOFF_MS = [0, 150, 300, 600, 1_000, 2_000];
const INVALID_ARGUMENT = 1007;
const SERVER_FAULT = 1011;
/** The provider refuses to resume a session that it takes for connected, for a half-open connection maybe for ever: some 2 s of tries. */
const MAX_REFUSED_RESUMPTIONS = 5;

/** The line of a call that another gateway held until now. */
export function handedOverLink(at: number, handle: string): LinkState {
  return { ...newLink(at, handle), phase: 'reattaching', reason: 'handover', tries: 1 };
}

export function newLink(at: number, handle = ''): LinkState {
  return {
    phase: 'connecting',
    handle,
    resumable: handle !== '',
    reason: 'fault',
    tries: 0,
    fresh: false,
    since: at,
  };
}

export function linkTransition(state: LinkState, event: LinkEvent): { state: LinkState; effects: LinkEffect[] } {
  if (state.phase === 'over') return { state, effects: [] };
  switch (event.type) {
    case 'ready':
      return ready(state, event.at);
    case 'handle':
      return { state: { ...state, handle: event.handle, resumable: true }, effects: [] };
    case 'unresumable':
      return { state: { ...state, resumable: false }, effects: [] };
    case 'goAway':
      return goAway(state, event.timeLeftMs);
    case 'quiet':
      return state.phase === 'leaving' && state.resumable ? letGo(state, event.at, 'goaway') : { state, effects: [] };
    case 'deadline':
      return state.phase === 'leaving' ? letGo(state, event.at, 'goaway') : { state, effects: [] };
    case 'stalled':
      // Generation is dead although the session lives: its handle would lead back to the same state.
      return isUp(state) ? letGo({ ...state, fresh: true }, event.at, 'stalled') : { state, effects: [] };
    case 'retry':
      return state.phase === 'reattaching' ? { state, effects: [open(state)] } : { state, effects: [] };
    case 'closed':
      return closed(state, event.at, event.failure);
    default:
      event satisfies never;
      return { state, effects: [] };
  }
}

function isUp(state: LinkState): boolean {
  return state.phase === 'live' || state.phase === 'leaving';
}

function ready(state: LinkState, at: number): { state: LinkState; effects: LinkEffect[] } {
  if (state.phase === 'connecting') return { state: { ...state, phase: 'live' }, effects: [{ type: 'started' }] };
  if (state.phase !== 'reattaching') return { state, effects: [] };
  const fresh = startsFresh(state);
  const live: LinkState = {
    ...state,
    phase: 'live',
    tries: 0,
    fresh: false,
    handle: fresh ? '' : state.handle,
    resumable: !fresh,
  };
  return {
    state: live,
    effects: [{ type: 'clearTimer' }, { type: 'reattached', reason: state.reason, gapMs: at - state.since, fresh }],
  };
}

function goAway(state: LinkState, timeLeftMs: number): { state: LinkState; effects: LinkEffect[] } {
  if (state.phase !== 'live') return { state, effects: [] };
  // A timer and not the next message: the provider may fall silent after its announcement.
  const afterMs = Math.max(0, timeLeftMs - GOAWAY_MARGIN_MS);
  return { state: { ...state, phase: 'leaving' }, effects: [{ type: 'timer', event: 'deadline', afterMs }] };
}

/** Closes first: the provider refuses to resume a session whose older connection is still open. */
function letGo(state: LinkState, at: number, reason: ReattachReason): { state: LinkState; effects: LinkEffect[] } {
  const next: LinkState = { ...state, phase: 'reattaching', reason, tries: 1, since: at };
  return { state: next, effects: [{ type: 'clearTimer' }, { type: 'close' }, open(next)] };
}

function closed(state: LinkState, at: number, failure: ProviderFailure): { state: LinkState; effects: LinkEffect[] } {
  if (state.phase === 'connecting') return failed(state, failure);
  const effects: LinkEffect[] = failure.code === INVALID_ARGUMENT ? [{ type: 'dropAudio' }] : [];
  if (isUp(state)) {
    const next: LinkState = {
      ...state,
      phase: 'reattaching',
      reason: state.phase === 'leaving' ? 'goaway' : 'fault',
      tries: 1,
      since: at,
    };
    return { state: next, effects: [{ type: 'clearTimer' }, ...effects, open(next)] };
  }
  if (at - state.since > REATTACH_TIMEOUT_MS) return failed(state, failure);
  // A refused key stays refused; a refused handle does not mean that a fresh session is refused too.
  if (failure.kind === 'refused' && startsFresh(state)) return failed(state, failure);
  const handleRefused =
    failure.kind === 'refused' ||
    failure.kind === 'timeout' ||
    (failure.code === SERVER_FAULT && state.tries >= MAX_REFUSED_RESUMPTIONS);
  const next: LinkState = { ...state, tries: state.tries + 1, fresh: state.fresh || handleRefused };
  const afterMs = BACKOFF_MS[Math.min(state.tries, BACKOFF_MS.length - 1)]!;
  return { state: next, effects: [...effects, { type: 'timer', event: 'retry', afterMs }] };
}

function failed(state: LinkState, failure: ProviderFailure): { state: LinkState; effects: LinkEffect[] } {
  return { state: { ...state, phase: 'over' }, effects: [{ type: 'clearTimer' }, { type: 'failed', failure }] };
}

function startsFresh(state: LinkState): boolean {
  return state.fresh || state.handle === '';
}

function open(state: LinkState): LinkEffect {
  return { type: 'open', handle: startsFresh(state) ? '' : state.handle };
}
