import { describe, expect, it } from '@jest/globals';
import { EphemeralTokens, applyTokenSetup } from './ephemeral-tokens.js';

const NOW = Date.parse('2026-10-01T12:00:00Z');

describe('EphemeralTokens', () => {
  it('opens one session within a minute by default, and lives for 30', () => {
    const tokens = new EphemeralTokens();
    const token = tokens.create({}, NOW);
    expect(tokens.spend(token, NOW + 61_000)).toBe(false);
    expect(tokens.spend(token, NOW + 59_000)).toBe(true);
    expect(tokens.spend(token, NOW + 59_000)).toBe(false);
    expect(tokens.find(token.name, NOW + 29 * 60_000)).toBe(token);
    expect(tokens.find(token.name, NOW + 31 * 60_000)).toBeUndefined();
  });

  it('fixes the whole setup but the handle, or only what the mask names', () => {
    const tokens = new EphemeralTokens();
    const bidiGenerateContentSetup = { model: 'models/a', generationConfig: { temperature: 0 } };
    const asked = {
      model: 'models/b',
      generationConfig: { temperature: 1, topP: 1 },
      sessionResumption: { handle: 'h' },
    };
    expect(applyTokenSetup(asked, tokens.create({ bidiGenerateContentSetup }))).toEqual({
      ...bidiGenerateContentSetup,
      sessionResumption: { handle: 'h' },
    });
    const masked = tokens.create({ bidiGenerateContentSetup, fieldMask: 'generationConfig.temperature' });
    expect(applyTokenSetup(asked, masked)).toEqual({ ...asked, generationConfig: { temperature: 0, topP: 1 } });
  });

  it('leaves other objects alone whatever the mask says', () => {
    const setup = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as object;
    const token = new EphemeralTokens().create({
      bidiGenerateContentSetup: setup,
      fieldMask: '__proto__.polluted,constructor.prototype.polluted',
    });
    applyTokenSetup({}, token);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
