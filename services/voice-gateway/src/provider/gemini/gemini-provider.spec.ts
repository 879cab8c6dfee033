import { describe, expect, it } from '@jest/globals';
import { GeminiProvider } from './gemini-provider.js';

const provider = (simulated: boolean) =>
  new GeminiProvider({
    apiKey: 'key',
    model: 'a-live-model',
    baseUrl: 'http://127.0.0.1:9',
    simulated,
    setupTimeoutMs: 1,
    pingIntervalMs: 1,
    pingTimeoutMs: 1,
    unsentTimeoutMs: 1,
  });

describe("the provider's name in records", () => {
  it('is of who answers, not of whose protocol is spoken', () => {
    expect(provider(false).name).toBe('gemini');
    expect(provider(true).name).toBe('simulator');
  });
});
