import { describe, expect, it } from '@jest/globals';
import { transition } from './call-state.js';
import type { CallInput, CallState } from './call-state.js';
import { VoiceError } from './voice-error.js';

const LIMITS = { startAttempts: 2, reconnectAttempts: 3, reconnectWindowMs: 10_000 };
const LOST = new VoiceError({ kind: 'unavailable', message: 'lost', retryable: true, closeCode: 1006 });
const REFUSED = new VoiceError({ kind: 'conflict', message: 'spent', retryable: false, closeCode: 4409 });
const ACTIVE: CallState = { name: 'active', resumeTicket: 'ticket-1', ending: false, moving: false };
const RECONNECTING: CallState = {
  name: 'reconnecting',
  resumeTicket: 'ticket-1',
  attempt: 1,
  lostAtMs: 1_000,
  lostReason: 'client_lost',
};

function failed(error: VoiceError, atMs = 1_000, stage: 'upgrade' | 'start' | 'active' = 'active'): CallInput {
  return { type: 'connectionFailed', stage, error, atMs };
}

function after(state: CallState, input: CallInput, limits = LIMITS) {
  return transition(state, input, limits);
}

describe('transition', () => {
  it('connects when asked to start, once', () => {
    const { state, effects } = after({ name: 'idle' }, { type: 'startRequested' });
    expect(state).toEqual({ name: 'connecting', attempt: 1 });
    expect(effects).toEqual([{ type: 'connect', afterMs: 0 }]);
    expect(after(state, { type: 'startRequested' })).toEqual({ state, effects: [] });
  });

  it('takes up a call that another page had, for as long as one that it lost itself', () => {
    const { state, effects } = after(
      { name: 'idle' },
      { type: 'resumeRequested', resumeTicket: 'ticket-1', atMs: 1_000 },
    );
    expect(state).toEqual(RECONNECTING);
    expect(effects).toEqual([{ type: 'connect', afterMs: 0, resumeTicket: 'ticket-1' }]);
  });

  it('tries a refused upgrade once more, so that the token endpoint can tell the reason', () => {
    const again = after({ name: 'connecting', attempt: 1 }, failed(LOST, 0, 'upgrade'));
    expect(again.state).toEqual({ name: 'connecting', attempt: 2 });
    expect(after(again.state, failed(LOST, 0, 'upgrade')).state).toMatchObject({ name: 'ended', error: LOST });
  });

  it('does not try again when the gateway itself refused the start', () => {
    expect(after({ name: 'connecting', attempt: 1 }, failed(LOST, 0, 'start')).state.name).toBe('ended');
  });

  it('reconnects with its ticket when an active connection is lost', () => {
    const { state, effects } = after(ACTIVE, failed(LOST));
    expect(state).toEqual(RECONNECTING);
    expect(effects).toEqual([{ type: 'connect', afterMs: 0, resumeTicket: 'ticket-1' }]);
  });

  it.each([
    ['the gateway closed for good', ACTIVE, REFUSED, LIMITS],
    ['there is no ticket', { ...ACTIVE, resumeTicket: '' }, LOST, LIMITS],
    ['reconnecting is switched off', ACTIVE, LOST, { ...LIMITS, reconnectAttempts: 0 }],
  ] as const)('ends as client_lost when %s', (_why, state, error, limits) => {
    expect(after(state, failed(error), limits).state).toEqual({ name: 'ended', reason: 'client_lost', error });
  });

  it('ends as gateway_stopped when the gateway went away and nobody took over', () => {
    const stopped = new VoiceError({ kind: 'unavailable', message: 'stopping', retryable: true, closeCode: 1001 });
    const { state } = after(ACTIVE, failed(stopped));
    expect(after(state, failed(REFUSED, 1_500, 'start')).state).toMatchObject({ reason: 'gateway_stopped' });
  });

  it('waits longer before each attempt, with the same ticket, then gives up', () => {
    const second = after(RECONNECTING, failed(LOST, 1_100, 'upgrade'));
    expect(second.effects).toEqual([{ type: 'connect', afterMs: 250, resumeTicket: 'ticket-1' }]);
    const third = after(second.state, failed(LOST, 1_500, 'upgrade'));
    expect(third.effects).toEqual([{ type: 'connect', afterMs: 500, resumeTicket: 'ticket-1' }]);
    expect(after(third.state, failed(LOST, 2_500, 'upgrade')).state).toMatchObject({ name: 'ended', error: LOST });
  });

  it('gives up when the window for reconnecting has passed', () => {
    expect(after(RECONNECTING, failed(LOST, 11_000, 'upgrade')).state.name).toBe('ended');
  });

  it('gives up at once when the resumption is refused for good', () => {
    expect(after(RECONNECTING, failed(REFUSED, 1_100, 'start')).state).toMatchObject({ name: 'ended', error: REFUSED });
  });

  it('goes on with the new ticket after a resumption', () => {
    const { state } = after(RECONNECTING, { type: 'started', resumeTicket: 'ticket-2' });
    expect(state).toEqual({ ...ACTIVE, resumeTicket: 'ticket-2' });
  });

  describe('asked to move', () => {
    const moving = after(ACTIVE, { type: 'moveRequested' });

    it('makes another connection beside the one in use, once', () => {
      expect(moving.state).toEqual({ ...ACTIVE, moving: true });
      expect(moving.effects).toEqual([{ type: 'connectNext', resumeTicket: 'ticket-1' }]);
      expect(after(moving.state, { type: 'moveRequested' })).toEqual({ state: moving.state, effects: [] });
    });

    it('goes over to it when it has started, with its ticket', () => {
      const { state, effects } = after(moving.state, { type: 'nextStarted', resumeTicket: 'ticket-2' });
      expect(state).toEqual({ ...ACTIVE, resumeTicket: 'ticket-2' });
      expect(effects).toEqual([{ type: 'takeNext' }]);
    });

    it('stays where it is when the other connection fails, and may be asked again', () => {
      const { state, effects } = after(moving.state, { type: 'nextFailed' });
      expect(state).toEqual(ACTIVE);
      expect(effects).toEqual([]);
      expect(after(state, { type: 'moveRequested' }).state).toEqual(moving.state);
    });

    it('waits for the other connection when the one in use is lost first', () => {
      const { state, effects } = after(moving.state, failed(LOST));
      expect(state).toEqual(RECONNECTING);
      expect(effects).toEqual([{ type: 'takeNext' }]);
      expect(after(state, failed(LOST, 1_100, 'upgrade')).effects).toEqual([
        { type: 'connect', afterMs: 250, resumeTicket: 'ticket-1' },
      ]);
    });

    it('leaves no connection behind when it ends', () => {
      const hungUp = after(moving.state, { type: 'endRequested' });
      expect(hungUp.state).toEqual({ ...ACTIVE, ending: true });
      expect(hungUp.effects).toEqual([{ type: 'closeNext' }, { type: 'sendEnd' }]);
      for (const input of [failed(REFUSED), { type: 'callEnded', reason: 'max_duration' }] as CallInput[]) {
        const { state, effects } = after(moving.state, input);
        expect(state.name).toBe('ended');
        expect(effects).toEqual([{ type: 'closeConnection' }]);
      }
    });
  });

  it('hangs up once, and does not reconnect when the connection breaks meanwhile', () => {
    const { state, effects } = after(ACTIVE, { type: 'endRequested' });
    expect(effects.at(-1)).toEqual({ type: 'sendEnd' });
    expect(after(state, { type: 'endRequested' }).effects).toEqual([]);
    expect(after(state, { type: 'moveRequested' }).state).toBe(state);
    expect(after(state, failed(LOST)).state).toEqual({ name: 'ended', reason: 'client_ended' });
    expect(after(state, { type: 'endTimedOut' }).state).toEqual({ name: 'ended', reason: 'client_ended' });
  });

  it('ends from every state when told to, and stays ended', () => {
    for (const state of [{ name: 'idle' }, { name: 'connecting', attempt: 1 }, RECONNECTING] as CallState[]) {
      const ended = after(state, { type: 'endRequested' }).state;
      expect(ended).toMatchObject({ name: 'ended', reason: 'client_ended' });
      for (const input of [failed(LOST), { type: 'startRequested' }, { type: 'endRequested' }] as CallInput[]) {
        expect(after(ended, input)).toEqual({ state: ended, effects: [] });
      }
    }
  });

  it('takes the reason from the gateway when the gateway ends the call', () => {
    const { state } = after(ACTIVE, { type: 'callEnded', reason: 'max_duration', detail: 'ten minutes' });
    expect(state).toEqual({ name: 'ended', reason: 'max_duration', detail: 'ten minutes' });
  });
});
