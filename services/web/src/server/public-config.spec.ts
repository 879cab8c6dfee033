import { describe, expect, it } from '@jest/globals';
import { webConfig } from './config.js';
import { connectOrigins, hostNameOf, publicConfig } from './public-config.js';

const load = (environment: Record<string, string> = {}) =>
  webConfig.load({ INTERNAL_AUTH_SECRET: 'x'.repeat(32), WEB_EXPORT_FOLDER: '/nowhere', ...environment });

describe('what the console learns at run time', () => {
  it('finds API and gateway beside the console when nothing is configured', () => {
    expect(publicConfig(load(), 'studio.local:3001', '1.2.3')).toEqual({
      apiUrl: 'http://studio.local:3000',
      voiceGatewayUrl: 'ws://studio.local:4001/stream',
      version: '1.2.3',
    });
  });

  it('takes configured public addresses (S0-68, S0-69), with or without a path or a slash at the end', () => {
    const config = load({
      NEXT_PUBLIC_API_URL: 'https://api.example.com/',
      NEXT_PUBLIC_VOICE_GATEWAY_URL: 'wss://voice.example.com/eu',
    });
    expect(publicConfig(config, 'other', '1')).toMatchObject({
      apiUrl: 'https://api.example.com',
      voiceGatewayUrl: 'wss://voice.example.com/eu/stream',
    });
  });

  it('takes host and port of the API and the gateway (S0-66, S0-67)', () => {
    const config = load({ API_HOST: 'api.internal', API_PORT: '3100', VOICE_GATEWAY_PORT: '4100' });
    expect(publicConfig(config, 'localhost:3001', '1')).toMatchObject({
      apiUrl: 'http://api.internal:3100',
      voiceGatewayUrl: 'ws://localhost:4100/stream',
    });
  });

  it('takes an address to bind to for no place to go', () => {
    expect(publicConfig(load({ API_HOST: '0.0.0.0' }), 'studio.local', '1').apiUrl).toBe('http://studio.local:3000');
  });

  it('names the origins that pages may connect to, without paths', () => {
    const config = load({ NEXT_PUBLIC_API_URL: 'https://example.com/api' });
    expect(connectOrigins(config, '[::1]:3001')).toEqual(['https://example.com', 'ws://[::1]:4001']);
  });

  it('echoes no Host header that is not a host name', () => {
    for (const host of [undefined, '', 'x; script-src *', 'a b', 'a/b', '"', 'x:y'])
      expect(hostNameOf(host)).toBe('localhost');
    expect(hostNameOf('127.0.0.1:3001')).toBe('127.0.0.1');
  });

  it('believes a Host header only where nobody else can own the name', () => {
    for (const host of [
      'evil.example',
      'evil.example:3001',
      'EVIL.example.',
      'local.evil.example',
      'evil.notlocal',
      'a.com',
    ])
      expect([host, hostNameOf(host)]).toEqual([host, 'localhost']);
    for (const host of [
      'localhost',
      'studio',
      'studio.local',
      'a.b.internal',
      'nas.lan',
      '192.168.1.7',
      '[::1]',
      '8.8.8.8',
    ])
      expect(hostNameOf(`${host}:3001`)).toBe(host);
    expect(connectOrigins(load(), 'evil.example')).toEqual(['http://localhost:3000', 'ws://localhost:4001']);
  });

  it('refuses an address with a wrong scheme, naming the variable', () => {
    expect(() => load({ NEXT_PUBLIC_VOICE_GATEWAY_URL: 'https://voice.example.com' })).toThrow(
      /NEXT_PUBLIC_VOICE_GATEWAY_URL/,
    );
  });
});
