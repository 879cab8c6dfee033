import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startTemporaryPostgres, type TemporaryPostgres } from '../src/temporary-postgres.js';
import { eventually, Folders, query } from './folders.js';
import { buildPackage, killHard, startOwner } from './owner-process.js';

// Each case starts real processes, on a machine that may be busy.
jest.setTimeout(60_000);

const folders = new Folders();
afterAll(() => folders.removeAll());

describe('a temporary Postgres', () => {
  let postgres: TemporaryPostgres;
  beforeAll(async () => {
    await buildPackage();
    postgres = await startTemporaryPostgres({ settings: { max_connections: 20 } });
  });
  afterAll(() => postgres.stop());

  it('gives each suite an empty database of its own', async () => {
    const [one, other] = await Promise.all([postgres.createDatabase(), postgres.createDatabase()]);
    await query(one, 'create table mine (id int)');
    await expect(query(other, 'select * from mine')).rejects.toThrow('does not exist');
    expect(new URL(await postgres.createDatabase('by_name')).pathname).toBe('/by_name');
  });

  it('does not wait for the disk and takes settings', async () => {
    const [row] = await query(
      postgres.superuserUrl(),
      `select current_setting('fsync') as fsync, current_setting('max_connections') as connections`,
    );
    expect(row).toEqual({ fsync: 'off', connections: '20' });
  });

  it('is gone with its folder after stop', async () => {
    const owner = startTemporaryIn(await folders.make());
    const { url } = await owner.report();
    expect(await readdir(owner.folder)).toEqual([expect.stringMatching(/^orbisvoice-postgres-/)]);
    owner.child.kill('SIGINT');
    expect(await owner.report()).toEqual({ event: 'stopped' });
    expect(await readdir(owner.folder)).toEqual([]);
    await expect(query(url!, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });

  it('is gone with its folder when its process is killed', async () => {
    const owner = startTemporaryIn(await folders.make());
    const { url } = await owner.report();
    await killHard(owner);
    expect(await eventually(async () => (await readdir(owner.folder)).length === 0, 10_000)).toBe(true);
    await expect(query(url!, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });
});

function startTemporaryIn(folder: string) {
  const owner = startOwner({ temporary: true }, { env: { PATH: process.env.PATH, TMPDIR: folder } });
  return { ...owner, folder };
}
