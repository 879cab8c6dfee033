import { describe, expect, it } from '@jest/globals';
import { transcriptsConfig } from './config.js';

const required = {
  INTERNAL_AUTH_SECRET: 'a-secret-for-tests-only-0123456789',
  DATABASE_URL: 'postgres://app@localhost/orbisvoice',
};

describe('configuration of transcripts', () => {
  it('needs a database and the internal secret, nothing else', () => {
    expect(transcriptsConfig.load(required)).toMatchObject({
      grpc: { host: '0.0.0.0', port: 50_054 },
      database: { url: required.DATABASE_URL, poolSize: 10 },
      eventBus: { nats: undefined },
      stream: { maxAgeMs: 30 * 24 * 3_600_000 },
    });
    expect(() => transcriptsConfig.load({})).toThrow(/DATABASE_URL is required/);
  });

  it('can be told apart from other services of the process', () => {
    const environment = { ...required, NATS_URL: 'nats://shared:4222', TRANSCRIPTS_NATS_URL: 'nats://own:4222' };
    expect(transcriptsConfig.load(environment).eventBus.nats?.servers).toEqual(['nats://own:4222']);
  });
});
