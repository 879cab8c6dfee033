import { describe, expect, it } from '@jest/globals';
import { defineConfig, type Environment } from '../config.js';
import { eventBusConfig, eventBusVariables, eventStreamLimits, eventStreamVariables } from './event-bus-config.js';

const definition = defineConfig('TRANSCRIPTS', { ...eventBusVariables, ...eventStreamVariables }, (variables) => ({
  ...eventBusConfig(variables),
  limits: eventStreamLimits(variables),
}));
const problemsOf = (environment: Environment) => {
  try {
    definition.load(environment);
    return [];
  } catch (error) {
    return (error as { problems: string[] }).problems;
  }
};

describe('configuration of the event bus', () => {
  it('stays in-process without NATS_URL, and keeps events for 30 days by default', () => {
    expect(definition.load({})).toEqual({
      nats: undefined,
      limits: { maxAgeMs: 30 * 24 * 3_600_000, maxBytes: 1_073_741_824, replicas: 1 },
    });
  });

  it('takes one or several servers and a token (S2-12, S2-13)', () => {
    const environment = { NATS_URL: 'nats://a:4222, tls://b:4222', NATS_TOKEN: 'secret' };
    expect(definition.load(environment).nats).toEqual({
      servers: ['nats://a:4222', 'tls://b:4222'],
      token: 'secret',
    });
  });

  it('refuses a URL of another kind, and credentials in a URL', () => {
    expect(problemsOf({ NATS_URL: 'http://a:4222' })[0]).toMatch(/NATS_URL: must be nats:\/\//);
    expect(problemsOf({ NATS_URL: 'nats://token@a:4222' })[0]).toMatch(/NATS_URL: must carry no credentials/);
  });

  it('refuses limits that make no sense', () => {
    expect(problemsOf({ NATS_STREAM_MAX_BYTES: '12' })[0]).toMatch(/at least 1048576/);
    expect(problemsOf({ NATS_STREAM_REPLICAS: '9' })[0]).toMatch(/1 to 5/);
  });
});
