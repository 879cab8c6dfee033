import { describe, expect, it } from '@jest/globals';
import { plainText, suggestionsFor } from './suggestions';

describe('things to say to the simulator', () => {
  it('asks for what the agent’s tools know', () => {
    expect(suggestionsFor(['opening_hours', 'current_time'])).toEqual([
      'What can you do?',
      'What are the opening hours on Saturday?',
      'What time is it?',
      'Tell me a long story.',
    ]);
  });

  it('names a tool that it has no question for', () => {
    expect(suggestionsFor(['find_freeSlots'])).toContain('Please use the tool find free slots.');
  });

  it('says no question twice and works without tools', () => {
    expect(suggestionsFor(['order_status', 'order_history'])).toHaveLength(3);
    expect(suggestionsFor([])).toHaveLength(2);
  });

  it('is spoken with plain apostrophes', () => expect(plainText('What’s up?')).toBe("What's up?"));
});
