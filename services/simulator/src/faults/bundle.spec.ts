import { describe, expect, it } from '@jest/globals';
import { bundle, canBundle } from './bundle.js';

describe('several messages in one', () => {
  it('joins texts and keeps every field', () => {
    const both = bundle(
      { serverContent: { outputTranscription: { text: 'one' } } },
      {
        serverContent: { outputTranscription: { text: ' two' }, generationComplete: true },
        goAway: { timeLeft: '5s' },
      },
    );
    expect(both).toEqual({
      serverContent: { outputTranscription: { text: 'one two' }, generationComplete: true },
      goAway: { timeLeft: '5s' },
    });
  });

  it('joins tool calls', () => {
    const call = (id: string) => ({ toolCall: { functionCalls: [{ id, name: 'look_up', args: {} }] } });
    expect(bundle(call('a'), call('b')).toolCall?.functionCalls.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('puts nothing of a new turn beside the end of the one before, and no interruption beside what it interrupts', () => {
    expect(canBundle({ serverContent: { turnComplete: true } }, {})).toBe(false);
    expect(canBundle({}, { serverContent: { interrupted: true } })).toBe(false);
    expect(canBundle({}, { serverContent: { generationComplete: true } })).toBe(true);
  });
});
