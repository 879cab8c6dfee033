import type { CallEndReason } from '../protocol/messages.js';
import type { VoiceError } from './voice-error.js';

/** Where a connection attempt failed: asking for the token, at the HTTP upgrade, before `call.started`, or after it. */
export type FailureStage = 'token' | 'upgrade' | 'start' | 'active';

export type CallState =
  | { name: 'idle' }
  | { name: 'connecting'; attempt: number }
  /** `moving`: another connection is being made beside the one in use, which carries the call until that one does. */
  | { name: 'active'; resumeTicket: string; ending: boolean; moving: boolean }
  | { name: 'reconnecting'; resumeTicket: string; attempt: number; lostAtMs: number; lostReason: CallEndReason }
  | { name: 'ended'; reason: CallEndReason; detail?: string; error?: VoiceError };
export type CallStateName = CallState['name'];

export type CallInput =
  | { type: 'startRequested' }
  /** A call that another page or process had before. */
  | { type: 'resumeRequested'; resumeTicket: string; atMs: number }
  | { type: 'started'; resumeTicket: string }
  | { type: 'connectionFailed'; stage: FailureStage; error: VoiceError; atMs: number }
  | { type: 'moveRequested' }
  /** Of the connection that is being made beside the one in use. */
  | { type: 'nextStarted'; resumeTicket: string }
  | { type: 'nextFailed' }
  | { type: 'callEnded'; reason: CallEndReason; detail?: string }
  | { type: 'endRequested' }
  | { type: 'endTimedOut' };

/** What the call has to do after a transition, in this order. */
export type CallEffect =
  /** Both of them, if there are two. */
  | { type: 'closeConnection' }
  | { type: 'connectNext'; resumeTicket: string }
  | { type: 'closeNext' }
  /** It becomes the connection in use, also when it has not started yet. */
  | { type: 'takeNext' }
  | { type: 'connect'; afterMs: number; resumeTicket?: string }
  | { type: 'sendEnd' };

export interface CallLimits {
  /** Attempts of the first connection when a browser does not say why it was refused. */
  startAttempts: number;
  reconnectAttempts: number;
  reconnectWindowMs: number;
}

export interface Transition {
  state: CallState;
  effects: CallEffect[];
}

/** The whole life of a call as data: the next state and what to do, from a state and what happened. No side effects. */
export function transition(state: CallState, input: CallInput, limits: CallLimits): Transition {
  switch (state.name) {
    case 'idle':
      if (input.type === 'startRequested')
        return to({ name: 'connecting', attempt: 1 }, { type: 'connect', afterMs: 0 });
      if (input.type === 'resumeRequested') return takingUp(input.resumeTicket, input.atMs);
      return input.type === 'endRequested' ? to({ name: 'ended', reason: 'client_ended' }) : to(state);
    case 'connecting':
      return fromConnecting(state, input, limits);
    case 'active':
      return fromActive(state, input, limits);
    case 'reconnecting':
      return fromReconnecting(state, input, limits);
    case 'ended':
      return to(state);
  }
}

function fromConnecting(state: CallState & { name: 'connecting' }, input: CallInput, limits: CallLimits): Transition {
  switch (input.type) {
    case 'started':
      return to(active(input.resumeTicket));
    case 'connectionFailed':
      // Asking for a token again is how a browser learns why the upgrade was refused.
      if (input.stage === 'upgrade' && input.error.retryable && state.attempt < limits.startAttempts) {
        return to({ name: 'connecting', attempt: state.attempt + 1 }, { type: 'connect', afterMs: 250 });
      }
      return to({ name: 'ended', reason: 'client_lost', error: input.error });
    default:
      return leaving(state, input);
  }
}

function fromActive(state: CallState & { name: 'active' }, input: CallInput, limits: CallLimits): Transition {
  const { resumeTicket, ending, moving } = state;
  const canResume = resumeTicket !== '' && limits.reconnectAttempts >= 1;
  switch (input.type) {
    case 'connectionFailed': {
      if (ending) return to({ name: 'ended', reason: 'client_ended' });
      const lostReason = input.error.closeCode === 1001 ? 'gateway_stopped' : 'client_lost';
      if (!input.error.retryable || !canResume) {
        return to({ name: 'ended', reason: lostReason, error: input.error }, { type: 'closeConnection' });
      }
      const lost = { name: 'reconnecting', resumeTicket, attempt: 1, lostAtMs: input.atMs, lostReason } as const;
      return to(lost, moving ? { type: 'takeNext' } : { type: 'connect', afterMs: 0, resumeTicket });
    }
    case 'moveRequested':
      if (ending || moving || !canResume) return to(state);
      return to({ ...state, moving: true }, { type: 'connectNext', resumeTicket });
    case 'nextStarted':
      return to(active(input.resumeTicket), { type: 'takeNext' });
    case 'nextFailed':
      // The gateway that wants to stop closes this connection when its time is up, and the call is resumed then.
      return to({ ...state, moving: false });
    case 'endRequested':
      if (ending) return to(state);
      return to({ ...state, ending: true, moving: false }, { type: 'closeNext' }, { type: 'sendEnd' });
    case 'endTimedOut':
      return to({ name: 'ended', reason: 'client_ended' }, { type: 'closeConnection' });
    default:
      return leaving(state, input);
  }
}

function fromReconnecting(
  state: CallState & { name: 'reconnecting' },
  input: CallInput,
  limits: CallLimits,
): Transition {
  switch (input.type) {
    case 'started':
      return to(active(input.resumeTicket));
    case 'connectionFailed': {
      const afterMs = Math.min(2_000, 250 * 2 ** (state.attempt - 1));
      const spent = state.attempt >= limits.reconnectAttempts;
      const late = input.atMs + afterMs - state.lostAtMs > limits.reconnectWindowMs;
      if (!input.error.retryable || spent || late) {
        return to({ name: 'ended', reason: state.lostReason, error: input.error });
      }
      const { resumeTicket } = state;
      return to({ ...state, attempt: state.attempt + 1 }, { type: 'connect', afterMs, resumeTicket });
    }
    default:
      return leaving(state, input);
  }
}

function takingUp(resumeTicket: string, atMs: number): Transition {
  const lost = { name: 'reconnecting', resumeTicket, attempt: 1, lostAtMs: atMs, lostReason: 'client_lost' } as const;
  return to(lost, { type: 'connect', afterMs: 0, resumeTicket });
}

/** What ends a call from any state with a connection. */
function leaving(state: CallState, input: CallInput): Transition {
  if (input.type === 'callEnded') {
    return to({ name: 'ended', reason: input.reason, detail: input.detail }, { type: 'closeConnection' });
  }
  if (input.type === 'endRequested') return to({ name: 'ended', reason: 'client_ended' }, { type: 'closeConnection' });
  return to(state);
}

function active(resumeTicket: string): CallState {
  return { name: 'active', resumeTicket, ending: false, moving: false };
}

function to(state: CallState, ...effects: CallEffect[]): Transition {
  return { state, effects };
}
