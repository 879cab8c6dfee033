import type { CallEndReason } from '../protocol/messages.js';
import type { VoiceError } from './voice-error.js';

/** Where a connection attempt failed: asking for the token, at the HTTP upgrade, before `call.started`, or after it. */
export type FailureStage = 'token' | 'upgrade' | 'start' | 'active';

export type CallState =
  | { name: 'idle' }
  | { name: 'connecting'; attempt: number }
  | { name: 'active'; resumeTicket: string; ending: boolean }
  | { name: 'reconnecting'; resumeTicket: string; attempt: number; lostAtMs: number; lostReason: CallEndReason }
  | { name: 'ended'; reason: CallEndReason; detail?: string; error?: VoiceError };
export type CallStateName = CallState['name'];

export type CallInput =
  | { type: 'startRequested' }
  | { type: 'started'; resumeTicket: string }
  | { type: 'connectionFailed'; stage: FailureStage; error: VoiceError; atMs: number }
  | { type: 'moveRequested'; atMs: number }
  | { type: 'callEnded'; reason: CallEndReason; detail?: string }
  | { type: 'endRequested' }
  | { type: 'endTimedOut' };

/** What the call has to do after a transition, in this order. */
export type CallEffect =
  | { type: 'closeConnection' }
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
      return to({ name: 'active', resumeTicket: input.resumeTicket, ending: false });
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
  const { resumeTicket } = state;
  switch (input.type) {
    case 'connectionFailed': {
      if (state.ending) return to({ name: 'ended', reason: 'client_ended' });
      const lostReason = input.error.closeCode === 1001 ? 'gateway_stopped' : 'client_lost';
      if (!input.error.retryable || resumeTicket === '' || limits.reconnectAttempts < 1) {
        return to({ name: 'ended', reason: lostReason, error: input.error });
      }
      return reconnect(resumeTicket, input.atMs, lostReason);
    }
    case 'moveRequested':
      if (state.ending || resumeTicket === '' || limits.reconnectAttempts < 1) return to(state);
      return reconnect(resumeTicket, input.atMs, 'gateway_stopped');
    case 'endRequested':
      return state.ending ? to(state) : to({ ...state, ending: true }, { type: 'sendEnd' });
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
      return to({ name: 'active', resumeTicket: input.resumeTicket, ending: false });
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

/** What ends a call from any state with a connection. */
function leaving(state: CallState, input: CallInput): Transition {
  if (input.type === 'callEnded') {
    return to({ name: 'ended', reason: input.reason, detail: input.detail }, { type: 'closeConnection' });
  }
  if (input.type === 'endRequested') return to({ name: 'ended', reason: 'client_ended' }, { type: 'closeConnection' });
  return to(state);
}

function reconnect(resumeTicket: string, lostAtMs: number, lostReason: CallEndReason): Transition {
  return to(
    { name: 'reconnecting', resumeTicket, attempt: 1, lostAtMs, lostReason },
    { type: 'closeConnection' },
    { type: 'connect', afterMs: 0, resumeTicket },
  );
}

function to(state: CallState, ...effects: CallEffect[]): Transition {
  return { state, effects };
}
