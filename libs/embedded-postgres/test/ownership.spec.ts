import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startEmbeddedPostgres } from '../src/embedded-postgres.js';
import { readPostmasterPidFile } from '../src/postmaster-pid-file.js';
import { processIdentity } from '../src/process-identity.js';
import { eventually, Folders, query } from './folders.js';
import { buildPackage, killHard, type OwnerProcess, startOwner } from './owner-process.js';

// Each case starts real processes, on a machine that may be busy.
jest.setTimeout(60_000);

const folders = new Folders();
const owners: OwnerProcess[] = [];

beforeAll(buildPackage);
afterEach(async () => {
  for (const owner of owners.splice(0)) await killHard(owner);
});
afterAll(() => folders.removeAll());

function own(dataDir: string): OwnerProcess {
  const owner = startOwner({ dataDir, durable: false });
  owners.push(owner);
  return owner;
}

async function postmasterOf(dataDir: string): Promise<number> {
  return (await readPostmasterPidFile(join(dataDir, 'postgres')))!.pid;
}

const ended = (pid: number) => async () => (await processIdentity(pid)) === undefined;

describe('the process that owns an embedded Postgres', () => {
  it("can still write after the terminal's Ctrl-C", async () => {
    const dataDir = await folders.make();
    const owner = own(dataDir);
    expect((await owner.report()).event).toBe('ready');
    const postmaster = await postmasterOf(dataDir);
    // What a terminal does: the signal goes to every process of the foreground group.
    process.kill(-owner.pid, 'SIGINT');
    expect(await owner.report()).toEqual({ event: 'stopped' });
    expect(await ended(postmaster)()).toBe(true);

    const next = await startEmbeddedPostgres({ dataDir, durable: false });
    expect(await query(next.superuserUrl(), 'select * from last_write')).toEqual([]);
    await next.stop();
  });

  it('takes Postgres with it within 5 s when it is killed', async () => {
    const dataDir = await folders.make();
    const owner = own(dataDir);
    await owner.report();
    const postmaster = await postmasterOf(dataDir);
    await killHard(owner);
    expect(await eventually(ended(postmaster), 5_000)).toBe(true);
    expect(await readFile(join(dataDir, 'postgres.log'), 'utf8')).toContain('received fast shutdown request');
  });

  it('can be killed and started again at once, without losing what was committed', async () => {
    const dataDir = await folders.make();
    const owner = own(dataDir);
    const { url } = await owner.report();
    await query(url!, 'create table committed as select 1 as id');
    await killHard(owner);

    const next = await startEmbeddedPostgres({ dataDir, durable: false });
    expect(await query(next.superuserUrl(), 'select id from committed')).toEqual([{ id: 1 }]);
    await next.stop();
  });

  it('is named to a second one that wants the same folder, in another process or the same', async () => {
    const dataDir = await folders.make();
    const owner = own(dataDir);
    await owner.report();
    await expect(startEmbeddedPostgres({ dataDir, durable: false })).rejects.toMatchObject({
      kind: 'folder-in-use',
      message: `The data folder ${dataDir} is already in use by process ${owner.pid}: stop it first, or choose another data folder.`,
    });
    await killHard(owner);

    const mine = await startEmbeddedPostgres({ dataDir, durable: false });
    await expect(startEmbeddedPostgres({ dataDir, durable: false })).rejects.toMatchObject({
      kind: 'folder-in-use',
      message: expect.stringContaining(`this process (pid ${process.pid})`),
    });
    await mine.stop();
  });

  it('is one only, however many start at the same time in a new folder', async () => {
    const dataDir = await folders.make();
    const starts = await Promise.allSettled([1, 2, 3, 4].map(() => startEmbeddedPostgres({ dataDir, durable: false })));
    const started = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    expect(started).toHaveLength(1);
    for (const start of starts) {
      if (start.status === 'rejected') expect(start.reason).toMatchObject({ kind: 'folder-in-use' });
    }
    await started[0]!.stop();
  });
});

describe('the next start', () => {
  (process.platform === 'linux' ? it : it.skip)(
    'ends a Postgres that was left behind with no watchdog, and says so',
    async () => {
      const dataDir = await folders.make();
      const owner = own(dataDir);
      await owner.report();
      const postmaster = await postmasterOf(dataDir);
      const watchdog = await watchdogOf(postmaster);
      process.kill(watchdog, 'SIGKILL');
      await killHard(owner);
      expect(await ended(postmaster)()).toBe(false);

      const steps: string[] = [];
      const next = await startEmbeddedPostgres({ dataDir, durable: false, onProgress: (step) => steps.push(step) });
      expect(steps).toEqual(['Stopping the Postgres that an earlier run left behind', 'Starting Postgres']);
      expect(await ended(postmaster)()).toBe(true);
      await next.stop();
    },
  );

  it('recovers after Postgres itself was killed while the owner lives', async () => {
    const dataDir = await folders.make();
    const first = await startEmbeddedPostgres({ dataDir, durable: false });
    await query(first.superuserUrl(), 'create table committed as select 1 as id');
    process.kill(await postmasterOf(dataDir), 'SIGKILL');
    await first.exited;
    await first.stop();

    const next = await startEmbeddedPostgres({ dataDir, durable: false });
    expect(await query(next.superuserUrl(), 'select id from committed')).toEqual([{ id: 1 }]);
    await next.stop();
  });

  it('is not misled by numbers that other processes have now', async () => {
    const dataDir = await folders.make();
    await (await startEmbeddedPostgres({ dataDir, durable: false })).stop();
    const stranger = spawn('sleep', ['60']);
    await writeFile(join(dataDir, 'owner.json'), JSON.stringify({ pid: stranger.pid, identity: 'of an earlier boot' }));
    await writeFile(
      join(dataDir, 'postgres', 'postmaster.pid'),
      `${stranger.pid}\n${dataDir}/postgres\n1\n5432\n\n\n\n`,
    );

    const next = await startEmbeddedPostgres({ dataDir, durable: false });
    expect(await ended(stranger.pid!)()).toBe(false);
    await next.stop();
    const exited = once(stranger, 'exit');
    stranger.kill();
    await exited;
  });

  it('is not stopped by an unreadable owner file', async () => {
    const dataDir = await folders.make();
    await writeFile(join(dataDir, 'owner.json'), '{"pid":');
    const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
    await postgres.stop();
  });
});

/** The watchdog has the number of the Postgres it watches in its command line, see proc(5). */
async function watchdogOf(postmaster: number): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (commandLine.includes(`\0postgres-watchdog\0${postmaster}\0`)) return Number(pid);
  }
  throw new Error(`Postgres ${postmaster} has no watchdog.`);
}
