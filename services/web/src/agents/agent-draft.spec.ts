import { describe, expect, it } from '@jest/globals';
import type { AgentConfig } from '../lib/api-types';
import { isChanged, toConfig, toDraft } from './agent-draft';

const stored: AgentConfig = {
  prompt: 'Be brief.',
  greeting: 'Hello',
  voice: 'Puck',
  languageCode: null,
  model: null,
  temperature: 0.5,
  toolIds: ['a'],
  turnDetection: {
    startSensitivity: 'high',
    endSensitivity: null,
    prefixPaddingMs: null,
    silenceDurationMs: 600,
    noInterruption: false,
  },
  maxCallSeconds: 90,
};

describe('the agent form', () => {
  it('gives back what is stored when nothing is changed', () => {
    const draft = toDraft({ name: 'Mia', config: stored });
    expect(toConfig(draft, stored)).toEqual(stored);
    expect(isChanged(draft, toDraft({ name: 'Mia', config: stored }))).toBe(false);
  });

  it('keeps settings that it does not show', () => {
    const draft = { ...toDraft({ name: 'Mia', config: stored }), letsInterrupt: false };
    expect(toConfig(draft, stored).turnDetection).toEqual({ ...stored.turnDetection, noInterruption: true });
  });

  it('takes empty fields for defaults', () => {
    const draft = { ...toDraft({ name: 'Mia', config: stored }), voice: '', temperature: '', maxCallMinutes: '' };
    expect(toConfig(draft, stored)).toMatchObject({ voice: null, temperature: null, maxCallSeconds: 3_600 });
  });

  it('begins empty for a new agent', () => {
    expect(toDraft(undefined)).toMatchObject({ name: '', prompt: '', maxCallMinutes: '60', letsInterrupt: true });
  });
});
