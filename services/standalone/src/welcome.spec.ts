import { describe, expect, it } from '@jest/globals';
import { DEFAULT_GEMINI_MODEL } from '@orbisvoice/voice-gateway/config';
import type { ModelVerdict } from '@orbisvoice/voice-gateway/models/model-check';
import { standaloneConfig } from './config.js';
import { welcome } from './welcome.js';

const platform = { webUrl: 'http://127.0.0.1:3001', apiUrl: 'http://127.0.0.1:3000', grpcAddress: '127.0.0.1:50050' };
const demo = { organizationId: '', signInToken: 'once' };
const told = (environment: Record<string, string>, verdict?: ModelVerdict) =>
  welcome(platform, demo, { config: standaloneConfig.load(environment), verdict });

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

  it('says what Gemini said of the key, and that it could not be asked', () => {
    const environment = { GEMINI_API_KEY: 'k' };
    const detail = 'closed with 1007 API key not valid.';
    const refused = told(environment, { outcome: 'refused', culprit: 'platform', detail });
    expect(refused).toContain('Gemini REFUSES the key');
    expect(refused).toContain(detail);
    expect(refused).not.toContain('Gemini answers');
    const away = told(environment, { outcome: 'unreachable', detail: 'getaddrinfo ENOTFOUND' });
    expect(away).toContain('could not be tried');
    expect(away).toContain('getaddrinfo ENOTFOUND');
    expect(told(environment, { outcome: 'accepted' })).toContain('Gemini answers');
  });
});
