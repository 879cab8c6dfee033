import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startEmbeddedPostgres } from '../src/embedded-postgres.js';
import { Folders, query } from './folders.js';
import { buildPackage, killHard, type OwnerProcess, startOwner } from './owner-process.js';

// Each case starts real processes, on a machine that may be busy.
jest.setTimeout(60_000);

// Users that every Unix has. The tests need root to become them, and a clone that they can read.
const daemon = { uid: 1, gid: 1 };
const isRoot = process.geteuid?.() === 0;
const cloneIsReachable = isRoot && spawnSync('test', ['-r', import.meta.filename], daemon).status === 0;
const itAsRoot = isRoot ? it : it.skip;
const itAsOthers = cloneIsReachable ? it : it.skip;

const folders = new Folders();
const owners: OwnerProcess[] = [];

if (isRoot) beforeAll(buildPackage);
afterEach(async () => {
  for (const owner of owners.splice(0)) await killHard(owner);
});
afterAll(() => folders.removeAll());

function ownAs(user: { uid: number; gid: number }, dataDir: string): OwnerProcess {
  const owner = startOwner(
    { dataDir, durable: false },
    { ...user, cwd: '/', env: { HOME: '/nonexistent', PATH: process.env.PATH } },
  );
  owners.push(owner);
  return owner;
}

describe('as root', () => {
  itAsRoot('Postgres runs as nobody, by its ordinary path where nobody can reach the folder', async () => {
    const parent = await folders.make();
    await chmod(parent, 0o755);
    const dataDir = join(parent, 'data');
    const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
    const [row] = await query(postgres.superuserUrl(), `select current_setting('data_directory') as folder`);
    expect(row).toEqual({ folder: join(dataDir, 'postgres') });
    const nobody = Number(spawnSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).stdout);
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(nobody);
    await postgres.stop();
  });

  itAsRoot('a data folder below one that only root may enter works as well, twice', async () => {
    const parent = await folders.make();
    await chmod(parent, 0o700);
    const dataDir = join(parent, 'data');
    const first = await startEmbeddedPostgres({ dataDir, durable: false });
    await first.createDatabase('kept');
    await first.stop();
    const second = await startEmbeddedPostgres({ dataDir, durable: false });
    // Checkpoints, new files and new backends all have to find the folder.
    await query(second.superuserUrl('kept'), 'create table numbers as select generate_series(1, 100000) as n');
    await query(second.superuserUrl('kept'), 'create extension pg_trgm');
    await query(second.superuserUrl('kept'), 'checkpoint');
    expect(await query(second.superuserUrl('kept'), 'select count(*)::int from numbers')).toEqual([{ count: 100_000 }]);
    await second.stop();
  });

  itAsOthers("a normal user's data folder is used as that user, who can use it again afterwards", async () => {
    const dataDir = await folders.make();
    await chown(dataDir, daemon.uid, daemon.gid);
    const first = ownAs(daemon, dataDir);
    expect(await first.report()).toMatchObject({ event: 'ready', folder: join(dataDir, 'postgres') });
    first.child.kill('SIGINT');
    await first.report();

    const asRoot = await startEmbeddedPostgres({ dataDir, durable: false });
    await asRoot.stop();
    await rm(join(dataDir, 'owner.json'), { force: true });
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(daemon.uid);

    const again = ownAs(daemon, dataDir);
    expect((await again.report()).event).toBe('ready');
  });
});

describe('as a normal user', () => {
  itAsOthers('Postgres runs as that user, below a folder that only that user may enter', async () => {
    const parent = await folders.make();
    await chown(parent, daemon.uid, daemon.gid);
    await chmod(parent, 0o700);
    const owner = ownAs(daemon, join(parent, 'data'));
    expect(await owner.report()).toMatchObject({ event: 'ready', folder: join(parent, 'data', 'postgres') });
    expect((await stat(join(parent, 'data', 'postgres', 'PG_VERSION'))).uid).toBe(daemon.uid);
  });

  itAsOthers('a user without an entry in /etc/passwd is told what to change', async () => {
    const dataDir = join(await folders.make(), 'data');
    await mkdir(dataDir);
    await chown(dataDir, 54_321, 54_321);
    await chmod(join(dataDir, '..'), 0o755);
    const owner = ownAs({ uid: 54_321, gid: 54_321 }, dataDir);
    expect(await owner.report()).toMatchObject({
      kind: 'no-usable-user',
      message:
        'This process runs as uid 54321, which has no entry in /etc/passwd, and Postgres needs one: add the user, or run as one that exists.',
    });
  });
});
