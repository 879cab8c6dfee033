// Three sizes: unit (pure, beside the file), service (real Postgres, real gRPC: <package>/test), system (everything together: tests/system).
// Own packages are mapped to their sources, so a test never runs stale output.
import { availableParallelism } from 'node:os';

const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: {
    '^@orbisvoice/proto/(.*)$': '<rootDir>/proto/gen/$1.ts',
    '^@orbisvoice/(service-kit|testing|client|tone-code|embedded-postgres)/(.*)$': '<rootDir>/libs/$1/src/$2.ts',
    '^@orbisvoice/web/(.*)$': '<rootDir>/services/web/src/server/$1.ts',
    '^@orbisvoice/([^/]+)/(.*)$': '<rootDir>/services/$1/src/$2.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/', '/out/', '/.next/'],
};

export default {
  // Jest leaves one core alone; on two that would be one test at a time, and most of them wait for a database.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{libs,services,bench}/*/src/**/*.spec.ts', '<rootDir>/bench/src/**/*.spec.ts'],
    },
    { ...shared, displayName: 'service', testMatch: ['<rootDir>/{libs,services}/*/test/**/*.spec.ts'] },
    { ...shared, displayName: 'system', testMatch: ['<rootDir>/tests/system/**/*.spec.ts'] },
    // What needs more than Node on the machine: other servers' programs, a browser. `npm test` leaves these out, CI does not.
    {
      ...shared,
      displayName: 'real',
      testMatch: ['<rootDir>/{libs,services}/*/test-real/**/*.spec.ts', '<rootDir>/tests/real/**/*.spec.ts'],
    },
    { ...shared, displayName: 'browser', testMatch: ['<rootDir>/tests/browser/**/*.spec.ts'] },
  ],
};
