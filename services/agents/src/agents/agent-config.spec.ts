import { describe, expect, it } from '@jest/globals';
import { agentConfig, fromStored } from './agent-config.js';

const MINIMAL = {
  prompt: 'Be brief.',
  greeting: '',
  voice: '',
  languageCode: '',
  model: '',
  toolIds: [],
  maxCallSeconds: 0,
};

describe('agent configuration', () => {
  it('needs nothing but a prompt', () => {
    expect(agentConfig.safeParse(MINIMAL).success).toBe(true);
  });

  it('drops what it does not know, so that a newer caller works', () => {
    expect(agentConfig.parse({ ...MINIMAL, mood: 'sunny' })).toEqual(MINIMAL);
  });

  it.each(['en', 'en-US', 'zh-Hant-TW', 'es-419'])('takes the language tag %s', (languageCode) => {
    expect(agentConfig.safeParse({ ...MINIMAL, languageCode }).success).toBe(true);
  });

  it.each([0, 10, 3_600, 14_400])('takes %d s as the longest call', (maxCallSeconds) => {
    expect(agentConfig.safeParse({ ...MINIMAL, maxCallSeconds }).success).toBe(true);
  });
});

describe('a stored configuration', () => {
  it('that is older than a field gets its default', () => {
    expect(fromStored({ prompt: 'Be brief.' })).toEqual(MINIMAL);
  });

  it('keeps what it has', () => {
    expect(fromStored({ ...MINIMAL, voice: 'Puck', temperature: 0 })).toMatchObject({ voice: 'Puck', temperature: 0 });
  });
});
