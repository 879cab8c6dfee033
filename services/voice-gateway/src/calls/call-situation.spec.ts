import { describe, expect, it } from '@jest/globals';
import { beforeAnswer, isHearing } from './call-situation.js';
import { newCall, newTurn, type CallState, type TurnState } from './call-state.js';

const spoken = (turn: number, phase: TurnState['phase'] = 'open') => ({
  ...newTurn(turn, 'user', 1, 'audio'),
  phase,
  text: 'My',
});
const answer = (turn: number, more: Partial<TurnState> = {}) => ({ ...newTurn(turn, 'agent', 2, 'audio'), ...more });
const stateOf = (...turns: TurnState[]): CallState => ({
  ...newCall(''),
  phase: 'live',
  lastTurn: turns.length,
  turns,
});

describe('a call whose holder has gone', () => {
  it('is as before the answer when that was beginning and not all words before it were known', () => {
    const state = stateOf(answer(1, { phase: 'playing' }), spoken(2), answer(3));
    expect(isHearing(state)).toBe(true);
    const before = beforeAnswer(state);
    expect(before.turns.map(({ turn }) => turn)).toEqual([1, 2]);
    expect(before).toMatchObject({ awaitingAnswer: true, lastTurn: 3 });
  });

  it.each([
    ['all words were known', stateOf(spoken(1, 'closed'), answer(2))],
    ['nobody has answered yet', stateOf(answer(1, { phase: 'playing' }), spoken(2))],
    ['the answer was generated', stateOf(spoken(1), answer(2, { phase: 'playing' }))],
    [
      'a tool runs for it',
      stateOf(spoken(1), answer(2, { toolCalls: [{ id: 't', name: 'look_up', arguments: {}, startedAt: 1 }] })),
    ],
  ])('is as it was when %s', (_when, state) => {
    expect(beforeAnswer(state)).toBe(state);
  });
});
