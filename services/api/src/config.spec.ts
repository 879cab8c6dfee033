import { describe, expect, it } from '@jest/globals';
import { config, isOrigin } from './config.js';

const required = { INTERNAL_AUTH_SECRET: 'x'.repeat(32) };

describe('configuration', () => {
  it('needs nothing but the internal secret', () => {
    expect(config.load(required)).toMatchObject({
      http: { host: '0.0.0.0', port: 3000 },
      addresses: { accounts: '127.0.0.1:50051', transcripts: '127.0.0.1:50054' },
      allowedOrigins: [],
      trustedProxies: [],
      voiceGatewayUrl: 'ws://localhost:4001/stream',
      rateLimits: { credential: { requests: 600, windowMs: 60_000 }, signIn: { requests: 10, windowMs: 60_000 } },
    });
  });

  it('listens on API_PORT, and on API_HOST only where that is an interface and not a name for others (S0-67)', () => {
    const load = (host: string) => config.load({ ...required, API_HOST: host, API_PORT: '3100' }).http;
    expect(load('127.0.0.1')).toEqual({ host: '127.0.0.1', port: 3100 });
    expect(load('localhost')).toEqual({ host: 'localhost', port: 3100 });
    expect(load('api.example.com')).toEqual({ host: '0.0.0.0', port: 3100 });
  });

  it.each([
    [{ VOICE_GATEWAY_PUBLIC_URL: 'wss://voice.example.com' }, 'wss://voice.example.com/stream'],
    [{ VOICE_GATEWAY_PUBLIC_URL: 'wss://example.com/voice/' }, 'wss://example.com/voice/stream'],
    [{ VOICE_GATEWAY_PUBLIC_URL: 'wss://example.com/voice/stream' }, 'wss://example.com/voice/stream'],
    [{ NEXT_PUBLIC_VOICE_GATEWAY_URL: 'wss://voice.example.com/stream' }, 'wss://voice.example.com/stream'],
    [{ VOICE_GATEWAY_HOST: 'gateway', VOICE_GATEWAY_PORT: '4100' }, 'ws://gateway:4100/stream'],
  ])('finds the gateway that clients open in %j (S0-66, S0-69)', (environment, url) => {
    expect(config.load({ ...required, ...environment }).voiceGatewayUrl).toBe(url);
  });

  it('allows the listed origins and its own (S0-26)', () => {
    const environment = {
      CORS_ORIGINS: 'https://a.example, http://localhost:3001',
      PUBLIC_URL: 'https://api.example/v/',
    };
    expect(config.load({ ...required, ...environment })).toMatchObject({
      allowedOrigins: ['https://a.example', 'http://localhost:3001', 'https://api.example'],
      publicUrl: 'https://api.example/v',
    });
  });

  it.each([
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://a.example/'],
    ['TRUSTED_PROXIES', 'ingress'],
    ['RATE_LIMIT_REQUESTS', '0'],
    ['RATE_LIMIT_WINDOW', '1 minute'],
    ['RATE_LIMIT_WINDOW', '25h'],
    ['PUBLIC_URL', 'api.example'],
    ['VOICE_GATEWAY_PUBLIC_URL', 'https://voice.example'],
    ['AGENTS_ADDRESS', 'http://agents:50052'],
  ])('refuses %s=%s and names the variable', (name, value) => {
    expect(() => config.load({ ...required, [name]: value })).toThrow(new RegExp(`^${name}: must `));
  });

  it('takes seconds, minutes and hours as a window', () => {
    const windowOf = (text: string) =>
      config.load({ ...required, RATE_LIMIT_WINDOW: text }).rateLimits.address.windowMs;
    expect([windowOf('10s'), windowOf('5m'), windowOf('1h')]).toEqual([10_000, 300_000, 3_600_000]);
  });
});

describe('an origin', () => {
  it('is what a browser sends: scheme, host and a port that is not the default', () => {
    expect(['https://a.example', 'http://localhost:3001'].every(isOrigin)).toBe(true);
    const wrong = [
      'null',
      '*',
      'a.example',
      'https://a.example/',
      'https://a.example:443',
      'ftp://a.example',
      'https://A.example',
    ];
    expect(wrong.filter(isOrigin)).toEqual([]);
  });
});
