import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startEmbeddedPostgres } from '../src/embedded-postgres.js';
import { Folders } from './folders.js';
import { buildPackage, startOwner } from './owner-process.js';

// Each case starts real processes, on a machine that may be busy.
jest.setTimeout(60_000);

const folders = new Folders();
const isRoot = process.geteuid?.() === 0;
const smallDisk = isRoot ? mountSmallDisk() : undefined;

beforeAll(buildPackage);
afterAll(async () => {
  if (smallDisk) spawnSync('umount', [smallDisk]);
  await folders.removeAll();
});

/** A disk of 10 MB, where this process may mount one. */
function mountSmallDisk(): string | undefined {
  const folder = spawnSync('mktemp', ['-d'], { encoding: 'utf8' }).stdout.trim();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=10m', 'tmpfs', folder]);
  return mounted.status === 0 ? folder : undefined;
}

async function usedFolder(): Promise<string> {
  const dataDir = await folders.make();
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
  await postgres.stop();
  return dataDir;
}

describe('a data folder that cannot be used is one sentence that says what to change:', () => {
  it('a file', async () => {
    const file = join(await folders.make(), 'file');
    await writeFile(file, '');
    await expect(startEmbeddedPostgres({ dataDir: file })).rejects.toMatchObject({ kind: 'folder-not-ours' });
    await expect(startEmbeddedPostgres({ dataDir: join(file, 'below') })).rejects.toMatchObject({
      kind: 'folder-not-ours',
      message: `The data folder ${join(file, 'below')} is a file or lies below one: choose another data folder.`,
    });
  });

  it("somebody else's files, which stay untouched", async () => {
    const dataDir = await folders.make();
    await writeFile(join(dataDir, 'holiday.jpg'), '');
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
      kind: 'folder-not-ours',
      message: `The data folder ${dataDir} holds other files (holiday.jpg) and no database of ours: choose an empty or a new folder.`,
    });
    expect(await readdir(dataDir)).toEqual(['holiday.jpg']);
  });

  it('a cluster without PG_VERSION', async () => {
    const dataDir = await usedFolder();
    await rm(join(dataDir, 'postgres', 'PG_VERSION'));
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
      kind: 'folder-broken',
      message: `The database in the data folder ${dataDir} is broken (its file postgres/PG_VERSION is missing or empty): restore the folder from a backup, or remove it to start over.`,
    });
  });

  it('a cluster whose files are damaged', async () => {
    const lostControl = await usedFolder();
    await rm(join(lostControl, 'postgres', 'global', 'pg_control'));
    await expect(startEmbeddedPostgres({ dataDir: lostControl })).rejects.toMatchObject({ kind: 'folder-broken' });

    const lostLog = await usedFolder();
    for (const name of await readdir(join(lostLog, 'postgres', 'pg_wal'))) {
      if (/^[0-9A-F]{24}$/.test(name)) await truncate(join(lostLog, 'postgres', 'pg_wal', name));
    }
    await expect(startEmbeddedPostgres({ dataDir: lostLog })).rejects.toMatchObject({ kind: 'folder-broken' });
  });

  it('a cluster of another major version', async () => {
    const dataDir = await usedFolder();
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '15\n');
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
      kind: 'other-version',
      message: expect.stringContaining(`${dataDir} was made by Postgres 15 and this is Postgres 18`),
    });
  });

  it('a lost password file', async () => {
    const dataDir = await usedFolder();
    await rm(join(dataDir, 'superuser-password'));
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({ kind: 'folder-broken' });
  });

  (isRoot ? it.skip : it)('a folder without permission to write', async () => {
    const dataDir = await folders.make();
    await chmod(dataDir, 0o500);
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({ kind: 'folder-not-writable' });
    await chmod(dataDir, 0o700);
  });

  (isRoot ? it : it.skip)('a folder of another user', async () => {
    const dataDir = await usedFolder();
    await chmod(dataDir, 0o755);
    const owner = startOwner({ dataDir, becomes: { uid: 1, gid: 1 } });
    expect(await owner.report()).toMatchObject({
      kind: 'folder-not-writable',
      message: `The data folder ${dataDir} cannot be read and written by this user: change its owner or choose another data folder.`,
    });
  });

  (smallDisk ? it : it.skip)('a full disk, leaving nothing half-made', async () => {
    const dataDir = join(smallDisk!, 'data');
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
      kind: 'disk-full',
      message: `The disk of the data folder ${dataDir} is full: free some space or choose a data folder on another disk.`,
    });
    expect(await readdir(dataDir)).toEqual(['superuser-password']);
  });
});

describe('a data folder', () => {
  it('is completed when an earlier start was killed while it made the cluster', async () => {
    const dataDir = await folders.make();
    await mkdir(join(dataDir, 'initialising-1-abc', 'base'), { recursive: true });
    await writeFile(join(dataDir, 'superuser-password'), 'of-the-earlier-start');
    const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
    expect((await readdir(dataDir)).toSorted()).toEqual([
      'owner.json',
      'postgres',
      'postgres.log',
      'superuser-password',
    ]);
    await postgres.stop();
  });

  it('works again after a copy has opened its permissions', async () => {
    const dataDir = await usedFolder();
    await chmod(join(dataDir, 'postgres'), 0o755);
    const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
    await postgres.stop();
  });
});
