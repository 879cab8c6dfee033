/** A disk that is really full: a small file system, mounted here, on which the table lies. Needs root. */
import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { chown, mkdtemp, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { startTestDatabase } from '@orbisvoice/testing/postgres';
import { createServiceDatabase, queryRows } from '@orbisvoice/testing/service-database';
import { Database } from '../src/database.js';
import { Health } from '../src/health.js';
import { createLog } from '../src/log.js';
import { addNote, listNotes, notesDatabase } from '../test/notes-database.js';

/** More than fits where the table has room already. Nothing that can be made shorter, and first in the list. */
const LONG = `0${randomBytes(250_000).toString('hex')}`;
const log = createLog({ service: 'test', level: 'silent' });

it('tells of a full disk as of something that passes, and stores again once there is room', async () => {
  const disk = await mkdtemp(join(tmpdir(), 'orbisvoice-small-disk-'));
  const server = await startTestDatabase({});
  const made = await createServiceDatabase(notesDatabase);
  const database = new Database({ ...notesDatabase, url: made.url, replicaUrl: undefined, poolSize: 2, log });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]);
  try {
    // To be a tablespace it has to belong to Postgres' user, as the processes do.
    const [checkpointer] = await queryRows<{ pid: number }>(
      server.adminUrl,
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'",
    );
    const { uid, gid } = await stat(`/proc/${checkpointer!.pid}`);
    await chown(disk, uid, gid);
    await queryRows(server.adminUrl, `CREATE TABLESPACE small LOCATION '${disk}'`);
    const admin = Object.assign(new URL(server.adminUrl), { pathname: new URL(made.url).pathname }).href;
    await queryRows(admin, 'ALTER TABLE notes.notes SET TABLESPACE small');
    const health = new Health();
    await database.start(health);
    const organizationId = randomUUID();
    const add = (text: string) =>
      database.withTenant(organizationId, (tx) => tx.query(addNote, [organizationId, text]));
    await add('before');

    const filler = join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(32 * 1024 * 1024)).catch(() => undefined);
    const full = expect.objectContaining({ kind: 'unavailable', message: expect.stringContaining('disk is full') });
    await expect(add(LONG)).rejects.toEqual(full);
    const { status, checks } = await health.report();
    expect([status, checks['postgres_writes']?.detail]).toEqual(['degraded', expect.stringContaining('make room')]);
    const list = () => database.withTenant(organizationId, (tx) => tx.query(listNotes));
    expect(await list()).toEqual([{ text: 'before' }]);

    await rm(filler);
    await add(LONG);
    expect((await list()).map((row: { text: string }) => row.text.length)).toEqual([LONG.length, 'before'.length]);
  } finally {
    await database.stop();
    await made.stop();
    await queryRows(server.adminUrl, 'DROP TABLESPACE IF EXISTS small');
    await server.stop();
    execFileSync('umount', [disk]);
    await rmdir(disk);
  }
}, 60_000);
