import { describe, expect, it } from '@jest/globals';
import { Action, type ActionState } from './action.js';

describe('Action', () => {
  it('runs once, however often it is started meanwhile, and can run again afterwards', async () => {
    const states: ActionState[] = [];
    const action = new Action((state) => states.push(state));
    let runs = 0;
    const gate = Promise.withResolvers<void>();
    const work = async () => {
      runs++;
      await gate.promise;
      return 'Saved.';
    };
    const first = action.run('saving', work);
    expect(await action.run('saving', work)).toBe(false);
    expect(await action.run('publishing', work)).toBe(false);
    gate.resolve();
    expect(await first).toBe(true);
    expect(runs).toBe(1);
    expect(states.map(({ running, done }) => running ?? done)).toEqual(['saving', 'Saved.']);
    expect(await action.run('saving', work)).toBe(true);
  });

  it('keeps the error until the next step', async () => {
    let state: ActionState | undefined;
    const action = new Action((changed) => (state = changed));
    const failure = new Error('no');
    expect(await action.run('saving', () => Promise.reject(failure))).toBe(false);
    expect(state).toEqual({ running: undefined, error: failure, done: undefined });
    await action.run('saving', async () => undefined);
    expect(state?.error).toBeUndefined();
  });
});
