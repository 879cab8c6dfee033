import { describe, expect, it } from '@jest/globals';
import { toConfig } from './config';

describe('configuration of the console', () => {
  it('takes what is served', () => {
    const served = {
      apiUrl: 'https://api.example.com/',
      voiceGatewayUrl: 'wss://v.example.com/stream',
      version: '1.0.0',
    };
    expect(toConfig(served, 'x')).toEqual({ ...served, apiUrl: 'https://api.example.com' });
  });

  it('looks for the API beside the page on a host that serves none', () => {
    for (const served of [undefined, null, 'text', {}, { apiUrl: 5 }]) {
      expect(toConfig(served, 'console.example')).toEqual({ apiUrl: 'http://console.example:3000' });
    }
  });
});
