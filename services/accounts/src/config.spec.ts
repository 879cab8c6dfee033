import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '@orbisvoice/service-kit/config';
import { accountsConfig } from './config.js';

const ENVIRONMENT = {
  INTERNAL_AUTH_SECRET: 'a-secret-for-tests-only-0123456789',
  DATABASE_URL: 'postgres://app@127.0.0.1/orbisvoice',
};

function problemsOf(environment: Record<string, string>): string[] {
  try {
    accountsConfig.load(environment);
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
}

describe('the configuration', () => {
  it('refuses to start without API_KEY_JWT_SECRET, or with a short one (S0-63)', () => {
    expect(problemsOf(ENVIRONMENT)).toEqual(['API_KEY_JWT_SECRET is required.']);
    expect(problemsOf({ ...ENVIRONMENT, API_KEY_JWT_SECRET: 'x'.repeat(31) })).toEqual([
      expect.stringMatching(/^API_KEY_JWT_SECRET: must be at least 32 characters long/),
    ]);
  });

  it('has defaults for everything else', () => {
    const config = accountsConfig.load({ ...ENVIRONMENT, API_KEY_JWT_SECRET: 'x'.repeat(32) });
    expect(config).toMatchObject({ grpc: { port: 50_051 }, database: { poolSize: 10 } });
  });
});
