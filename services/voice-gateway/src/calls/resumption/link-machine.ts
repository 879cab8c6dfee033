/**
 * When a call lets go of its provider's connection and takes a new one: a pure function. One way leads through it, whatever the
 * reason: the provider's announcement, a connection's age, a fault, a stall. The session survives by the provider's handle; without
 * one, or when the handle is refused or leads nowhere, a fresh session is told the conversation so far.
 */
import type { ProviderFailure } from '../../provider/provider.js';

/** `goaway` and `age` are planned: the call chooses the moment. */
export const REATTACH_REASONS = ['goaway', 'age', 'fault', 'stalled', 'handover'] as const;
export type ReattachReason = (typeof REATTACH_REASONS)[number];
type PlannedReason = Extract<ReattachReason, 'goaway' | 'age'>;

/** What a planned replacement does first. Gemini refuses to resume a session whose older connection is open; others may not. */
export type Rotation = 'close-then-resume' | 'make-before-break';

export interface LinkState {
  rotation: Rotation;
  /**
   * `leaving`: the connection's end is planned, and a quiet moment is awaited. `joining`: meanwhile the next connection is being made
   * beside it.
   */
  phase: 'connecting' | 'live' | 'leaving' | 'joining' | 'reattaching' | 'over';
  /** Why the connection is to be replaced, if that is planned. */
  planned: PlannedReason;
  /** The newest handle, '' before the first. */
  handle: string;
  /** The handle covers everything up to now: no turn is running. */
  resumable: boolean;
  reason: ReattachReason;
  /** Tries of this re-attachment so far. */
  tries: number;
  /** The handle has failed; from now on only fresh sessions are tried. */
  fresh: boolean;
  /** When the connection was given up; of a first connection, when it was first tried. */
  since: number;
}

export type LinkEvent = { at: number } & (
  | { type: 'ready' }
  | { type: 'handle'; handle: string }
  | { type: 'unresumable' }
  | { type: 'goAway'; timeLeftMs: number }
  /** The connection is as old as it may get. */
  | { type: 'aged' }
  | { type: 'quiet' }
  | { type: 'deadline' }
  | { type: 'retry' }
  | { type: 'stalled' }
  | { type: 'closed'; failure: ProviderFailure }
  /** Of the connection that is being made beside the one in use. */
  | { type: 'nextReady' }
  | { type: 'nextClosed' }
);

export type LinkEffect =
  /** '' opens a fresh session. */
  | { type: 'open'; handle: string }
  | { type: 'close' }
  /** Opens a connection beside the one in use. */
  | { type: 'openNext'; handle: string }
  /** The connection made beside takes the place of the one in use, whether that still stands or not. */
  | { type: 'takeNext' }
  | { type: 'closeNext' }
  /** Calls back with that event; a newer timer replaces an older one. */
  | { type: 'timer'; event: 'deadline' | 'retry'; afterMs: number }
  | { type: 'clearTimer' }
  | { type: 'started' }
  | { type: 'reattached'; reason: ReattachReason; gapMs: number; fresh: boolean }
  /** The line could not be brought back; follows `failed`. */
  | { type: 'givenUp'; reason: ReattachReason }
  /** What was kept to be sent again made the provider close; it must not do so for ever. */
  | { type: 'dropAudio' }
  | { type: 'failed'; failure: ProviderFailure };

/** The announced time is not used up: closing first leaves room for the new connection. */
const GOAWAY_MARGIN_MS = 1_500;
/** A connection that is old, but not about to be closed, waits this long for a quiet moment. */
const AGED_PATIENCE_MS = 60_000;
/** The last attempt at a first connection begins within this time: with the time that a set-up may take, clients wait 15 s. */
export const START_TIMEOUT_MS = 5_000;
/** A re-attachment that takes longer than this has failed. */
export const REATTACH_TIMEOUT_MS = 20_000;
const BACKOFF_MS = [0, 150, 300, 600, 1_000, 2_000];
const INVALID_ARGUMENT = 1007;
const SERVER_FAULT = 1011;
/** The provider refuses to resume a session that it takes for connected, for a half-open connection maybe for ever: some 2 s of tries. */
const MAX_REFUSED_RESUMPTIONS = 5;

/** The line of a call that another gateway held until now. */
export function handedOverLink(at: number, handle: string, rotation: Rotation): LinkState {
  return {
    ...newLink(at, rotation),
    handle,
    resumable: handle !== '',
    phase: 'reattaching',
    reason: 'handover',
    tries: 1,
  };
}

export function newLink(at: number, rotation: Rotation = 'close-then-resume'): LinkState {
  return {
    rotation,
    phase: 'connecting',
    planned: 'goaway',
    handle: '',
    resumable: false,
    reason: 'fault',
    tries: 1,
    fresh: false,
    since: at,
  };
}

interface LinkTransition {
  state: LinkState;
  effects: LinkEffect[];
}

export function linkTransition(state: LinkState, event: LinkEvent): LinkTransition {
  if (state.phase === 'over') return { state, effects: [] };
  switch (event.type) {
    case 'ready':
      return ready(state, event.at);
    case 'handle':
      return { state: { ...state, handle: event.handle, resumable: true }, effects: [] };
    case 'unresumable':
      return unresumable(state);
    case 'goAway':
      // A timer and not the next message: the provider may fall silent after its announcement.
      return plan(state, 'goaway', Math.max(0, event.timeLeftMs - GOAWAY_MARGIN_MS));
    case 'aged':
      return plan(state, 'age', AGED_PATIENCE_MS);
    case 'quiet':
      return state.phase === 'leaving' && state.resumable ? leave(state, event.at) : { state, effects: [] };
    case 'deadline':
      return isPlanned(state) ? letGo(state, event.at, state.planned) : { state, effects: [] };
    case 'stalled':
      // Generation is dead although the session lives: its handle would lead back to the same state.
      return isUp(state) ? letGo({ ...state, fresh: true }, event.at, 'stalled') : { state, effects: [] };
    case 'retry':
      return isDown(state) ? { state, effects: [open(state)] } : { state, effects: [] };
    case 'closed':
      return closed(state, event.at, event.failure);
    case 'nextReady':
      return nextReady(state);
    case 'nextClosed':
      return nextClosed(state, event.at);
    default:
      event satisfies never;
      return { state, effects: [] };
  }
}

/** A connection carries the call. */
export function isUp({ phase }: LinkState): boolean {
  return phase === 'live' || phase === 'leaving' || phase === 'joining';
}

function isDown({ phase }: LinkState): boolean {
  return phase === 'connecting' || phase === 'reattaching';
}

function isPlanned({ phase }: LinkState): boolean {
  return phase === 'leaving' || phase === 'joining';
}

function ready(state: LinkState, at: number): LinkTransition {
  if (state.phase === 'connecting')
    return {
      state: { ...state, phase: 'live', tries: 0, fresh: false },
      effects: [{ type: 'clearTimer' }, { type: 'started' }],
    };
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

function plan(state: LinkState, planned: PlannedReason, afterMs: number): LinkTransition {
  const sooner = isPlanned(state) && state.planned === 'age' && planned === 'goaway';
  if (state.phase !== 'live' && !sooner) return { state, effects: [] };
  const phase = state.phase === 'joining' ? 'joining' : 'leaving';
  return { state: { ...state, phase, planned }, effects: [{ type: 'timer', event: 'deadline', afterMs }] };
}

/** At a quiet moment. The deadline stays set while the next connection is being made. */
function leave(state: LinkState, at: number): LinkTransition {
  if (state.rotation === 'close-then-resume') return letGo(state, at, state.planned);
  return { state: { ...state, phase: 'joining' }, effects: [{ type: 'openNext', handle: state.handle }] };
}

/** Something is being said or done over the connection in use that the one being made would not know of. */
function unresumable(state: LinkState): LinkTransition {
  const next = { ...state, resumable: false };
  if (state.phase !== 'joining') return { state: next, effects: [] };
  return { state: { ...next, phase: 'leaving' }, effects: [{ type: 'closeNext' }] };
}

function nextReady(state: LinkState): LinkTransition {
  if (state.phase !== 'joining') return { state, effects: [] };
  return {
    state: { ...state, phase: 'live', tries: 0 },
    effects: [
      { type: 'clearTimer' },
      { type: 'takeNext' },
      { type: 'reattached', reason: state.planned, gapMs: 0, fresh: false },
    ],
  };
}

/** A provider that wants the older connection closed first will want it the next time, too. */
function nextClosed(state: LinkState, at: number): LinkTransition {
  if (state.phase !== 'joining') return { state, effects: [] };
  return letGo({ ...state, phase: 'leaving', rotation: 'close-then-resume' }, at, state.planned);
}

/** Closes first: the provider refuses to resume a session whose older connection is still open. */
function letGo(state: LinkState, at: number, reason: ReattachReason): LinkTransition {
  const next: LinkState = { ...state, phase: 'reattaching', reason, tries: 1, since: at };
  const joining: LinkEffect[] = state.phase === 'joining' ? [{ type: 'closeNext' }] : [];
  return { state: next, effects: [{ type: 'clearTimer' }, ...joining, { type: 'close' }, open(next)] };
}

function closed(state: LinkState, at: number, failure: ProviderFailure): LinkTransition {
  if (isUp(state)) {
    // A connection that never was up has been sent no audio: what it calls invalid is its set-up, such as a handle.
    const effects: LinkEffect[] = failure.code === INVALID_ARGUMENT ? [{ type: 'dropAudio' }] : [];
    const reason = isPlanned(state) ? state.planned : 'fault';
    const next: LinkState = { ...state, phase: 'reattaching', reason, tries: 1, since: at };
    // The connection that is being made is the one that is wanted now.
    const attempt: LinkEffect = state.phase === 'joining' ? { type: 'takeNext' } : open(next);
    return { state: next, effects: [{ type: 'clearTimer' }, ...effects, attempt] };
  }
  const isFirst = state.phase === 'connecting';
  const afterMs = BACKOFF_MS[Math.min(state.tries, BACKOFF_MS.length - 1)]!;
  // Of a first connection also the last attempt has to begin in time, for a client that waits.
  if (isFirst ? at + afterMs - state.since > START_TIMEOUT_MS : at - state.since > REATTACH_TIMEOUT_MS)
    return failed(state, failure);
  // A refused key stays refused; a refused handle does not mean that a fresh session is refused too.
  if (failure.kind === 'refused' && startsFresh(state)) return failed(state, failure);
  const handleRefused =
    failure.kind === 'refused' ||
    failure.kind === 'timeout' ||
    (failure.code === SERVER_FAULT && state.tries >= MAX_REFUSED_RESUMPTIONS);
  const next: LinkState = { ...state, tries: state.tries + 1, fresh: state.fresh || handleRefused };
  return { state: next, effects: [{ type: 'timer', event: 'retry', afterMs }] };
}

function failed(state: LinkState, failure: ProviderFailure): LinkTransition {
  const effects: LinkEffect[] = [{ type: 'clearTimer' }, { type: 'failed', failure }];
  if (state.phase === 'reattaching') effects.push({ type: 'givenUp', reason: state.reason });
  return { state: { ...state, phase: 'over' }, effects };
}

function startsFresh(state: LinkState): boolean {
  return state.fresh || state.handle === '';
}

function open(state: LinkState): LinkEffect {
  return { type: 'open', handle: startsFresh(state) ? '' : state.handle };
}
