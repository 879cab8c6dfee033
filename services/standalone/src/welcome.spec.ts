import { describe, expect, it } from '@jest/globals';
import { DEFAULT_GEMINI_MODEL } from '@orbisvoice/voice-gateway/config';
import { standaloneConfig } from './config.js';
import { welcome } from './welcome.js';

const platform = { webUrl: 'http://127.0.0.1:3001', apiUrl: 'http://127.0.0.1:3000', grpcAddress: '127.0.0.1:50050' };
const demo = { organizationId: '', signInToken: 'once' };
const told = (environment: Record<string, string>) => welcome(platform, demo, standaloneConfig.load(environment));

describe('the welcome', () => {
  it('has the sign-in link and the address of the API', () => {
    expect(told({})).toContain('  Console   http://127.0.0.1:3001/sign-in#token=once\n');
    expect(told({})).toContain('  API       http://127.0.0.1:3000   docs at http://127.0.0.1:3000/docs\n');
    expect(told({})).toContain('  gRPC      127.0.0.1:50050\n');
  });

  it('says plainly who answers (S0-64, S0-65)', () => {
    expect(told({ GEMINI_API_KEY: '' })).toContain('The simulator answers, not a real model');
    expect(told({ GEMINI_API_KEY: 'k', GEMINI_MODEL: '' })).toContain(`Gemini answers: ${DEFAULT_GEMINI_MODEL}, with`);
    const elsewhere = { GEMINI_API_KEY: 'k', GEMINI_MODEL: 'gemini-x-live', GEMINI_BASE_URL: 'https://proxy.example' };
    expect(told(elsewhere)).toContain('Gemini answers: gemini-x-live at https://proxy.example, with');
  });
});
