import { describe, expect, it } from '@jest/globals';
import { ResumptionStore } from './resumption-store.js';
import { SessionMemory } from './session-memory.js';

const memory = (text: string) => {
  const session = new SessionMemory();
  session.add({ role: 'user', text });
  return session.snapshot();
};

describe('ResumptionStore', () => {
  it('gives back what was said when the handle was made, for two hours', () => {
    const store = new ResumptionStore();
    const first = store.save('s', memory('one'), 0);
    const second = store.save('s', memory('two'), 1000);
    expect(store.find(first, 7_199_999)).toMatchObject({ sessionId: 's', memory: { history: [{ text: 'one' }] } });
    expect(store.find(first, 7_200_000)).toBeUndefined();
    expect(store.find(second, 7_200_000)?.memory.history[0]?.text).toBe('two');
    expect(store.find('other')).toBeUndefined();
  });

  it('keeps a few handles of a session and a few thousand sessions', () => {
    const store = new ResumptionStore();
    const handles = Array.from({ length: 6 }, () => store.save('s', memory('x')));
    expect(handles.map((handle) => store.find(handle) !== undefined)).toEqual([false, false, true, true, true, true]);
    for (let n = 0; n < 2_000; n++) store.save(`other-${n}`, memory('x'));
    expect(store.find(handles[5] ?? '')).toBeUndefined();
  });
});
