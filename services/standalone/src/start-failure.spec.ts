import { describe, expect, it } from '@jest/globals';
import { EmbeddedPostgresError } from '@orbisvoice/embedded-postgres/embedded-postgres-error';
import { ConfigError } from '@orbisvoice/service-kit/config';
import { explainStartFailure } from './start-failure.js';

const PORTS = { api: 3000, apiGrpc: 50_050, web: 3001, voiceGateway: 80, simulator: 4010, metrics: 9464 };
const systemError = (code: string, facts: object) => Object.assign(new Error(`${code}: no`), { code, ...facts });

describe('what to change after a failed start', () => {
  it.each([
    [systemError('EADDRINUSE', { port: 3001 }), 'set WEB_PORT to another one, as in: WEB_PORT=8000 npm start'],
    [systemError('EACCES', { port: 80 }), 'VOICE_GATEWAY_PORT: this user may not open port 80'],
    [systemError('EADDRINUSE', { port: 5 }), "Port 5 can't be opened (EADDRINUSE)."],
    [systemError('EACCES', { path: '/data/x' }), 'may not read and write /data/x: change its owner, or choose another'],
    [systemError('ENOSPC', {}), 'The disk is full'],
    [new Error('A sentence.'), 'A sentence.'],
    ['thrown', 'thrown'],
  ])('%s', (error, expected) => {
    const told = explainStartFailure(error, PORTS);
    expect(told).toEqual([expect.stringContaining(expected)]);
  });

  it.each([
    [
      'The folder is in use: stop it first, or choose another data folder.',
      'choose another data folder with DATA_DIR.',
    ],
    ['The disk is full: free some space or choose a data folder on another disk.', 'another disk with DATA_DIR.'],
    [
      'The database is broken: restore the folder from a backup, or remove it to start over.',
      'or start over without your data by `npm start -- --fresh`.',
    ],
  ])("the database's own advice names our ways out: %s", (message, ending) => {
    const [told] = explainStartFailure(new EmbeddedPostgresError('folder-broken', message));
    expect(told).toMatch(new RegExp(`${ending.replaceAll('.', '\\.')}$`));
  });

  it('every problem of the configuration', () => {
    expect(explainStartFailure(new ConfigError(['A.', 'B.']))).toEqual(['A.', 'B.']);
  });
});
