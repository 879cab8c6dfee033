import { describe, expect, it } from '@jest/globals';
import { dataFolderAt } from './data-folder.js';
import { explainFailedStart } from './failed-start.js';

const folder = dataFolderAt('/data');

describe('what Postgres said before it gave up', () => {
  it.each([
    ['disk-full', 'PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device'],
    ['disk-full', 'initdb: error: could not create directory "base": Disk quota exceeded'],
    [
      'port-in-use',
      'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\nFATAL:  could not create any',
    ],
    ['port-in-use', 'LOG:  could not bind IPv4 address "127.0.0.1": Permission denied\nFATAL:  could not create any'],
    ['no-usable-user', 'initdb: error: could not look up effective user ID 7: user does not exist'],
    ['folder-broken', 'PANIC:  could not locate a valid checkpoint record at 0/174B630'],
    ['folder-broken', 'FATAL:  could not open file "global/pg_filenode.map": No such file or directory'],
    ['folder-broken', 'FATAL:  database files are incompatible with server'],
    ['folder-not-writable', 'FATAL:  data directory "/data/postgres" has wrong ownership'],
    ['start-failed', 'FATAL:  could not map anonymous shared memory: Cannot allocate memory'],
    ['start-failed', 'FATAL:  invalid value for parameter "fsync": "perhaps"'],
    ['start-failed', ''],
  ])('is told apart: %s', (kind, output) => {
    expect(explainFailedStart(output, folder, 5432).kind).toBe(kind);
  });

  it('names the reason and the log when nothing better is known', () => {
    const output = '2026-01-01 10:00:00.000 UTC [7] FATAL:  something new\n2026-01-01 10:00:00.001 UTC [7] LOG:  bye\n';
    expect(explainFailedStart(output, folder).message).toBe(
      'Postgres did not start (something new): see /data/postgres.log for what it did.',
    );
  });
});
