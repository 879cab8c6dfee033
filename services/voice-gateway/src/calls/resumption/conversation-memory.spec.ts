import { describe, expect, it } from '@jest/globals';
import { newTurn, type TurnState } from '../call-state.js';
import { ConversationMemory } from './conversation-memory.js';

const turnOf = (role: TurnState['role'], text: string, more: Partial<TurnState> = {}): TurnState => ({
  ...newTurn(1, role, 0),
  text,
  ...more,
});

function remembering(...texts: string[]): ConversationMemory {
  const memory = new ConversationMemory();
  for (const text of texts) memory.add(turnOf('user', text), text);
  return memory;
}

describe('what a session is told with its set-up', () => {
  it('is all that was said, for a fresh one, and for one taken up again what its handle does not cover', () => {
    const memory = remembering('one');
    memory.covered();
    memory.add(turnOf('agent', 'two'), 'two');
    expect(memory.forSetup(true, [])).toBe('Caller: one\nYou: two');
    expect(memory.forSetup(false, [])).toBe('You: two');
    memory.covered();
    expect(memory.forSetup(false, [])).toBe('');
  });

  it('has also what is answered already but not over, and no question that will be said again', () => {
    const running = [
      turnOf('user', 'My name is Ada'),
      turnOf('agent', 'Nice to meet you.', { phase: 'playing', generatedMs: 2_000, playedMs: 100 }),
      turnOf('user', 'What is'),
    ];
    expect(remembering('Hello').forSetup(true, running)).toBe(
      'Caller: Hello\nCaller: My name is Ada\nYou: Nice to meet you.',
    );
  });
});
