import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSelfSignedCertificate } from '@orbisvoice/simulator/server/self-signed-certificate';
import { createServiceDatabase, queryRows, type ServiceDatabase } from '@orbisvoice/testing/service-database';
import { Database } from '../src/database.js';
import { Health } from '../src/health.js';
import { createLog } from '../src/log.js';
import { addNote, listNotes, notesDatabase } from '../test/notes-database.js';
import { startPgBouncer, type PgBouncer } from './pgbouncer-process.js';

const log = createLog({ service: 'test', level: 'silent' });

describe('a database behind PgBouncer in transaction mode', () => {
  const opened: Database[] = [];
  const bouncers: PgBouncer[] = [];
  let postgres: ServiceDatabase;

  beforeAll(async () => {
    postgres = await createServiceDatabase(notesDatabase);
  }, 60_000);
  afterAll(async () => {
    for (const database of opened) await database.stop();
    for (const bouncer of bouncers) await bouncer.stop();
    await postgres?.stop();
  });

  const bouncerWith = async (options: Parameters<typeof startPgBouncer>[1]) => {
    const bouncer = await startPgBouncer(postgres.url, options);
    bouncers.push(bouncer);
    return bouncer;
  };
  const open = async (url: string) => {
    const database = new Database({ ...notesDatabase, url, poolSize: 10, log });
    opened.push(database);
    const health = new Health();
    await database.start(health);
    return { database, health };
  };

  it('shows each organization its own rows only, though all share one connection', async () => {
    const { url } = await bouncerWith({ poolSize: 1 });
    // Two services' pools, as two pods have them.
    const pods = [await open(url), await open(url)];
    for (const { health } of pods) expect((await health.report()).status).toBe('ok');
    const organizations = Array.from({ length: 8 }, () => randomUUID());
    const work = organizations.flatMap((id) =>
      pods.map(async ({ database }, pod) => {
        const text = `${id} ${pod}`;
        await database.withTenant(id, (tx) => tx.query(addNote, [id, text]));
        return await database.withTenant(id, async (tx) => {
          await tx.query('SELECT pg_sleep(0.01)');
          return (await tx.query(listNotes)) as { text: string }[];
        });
      }),
    );
    for (const [i, notes] of (await Promise.all(work)).entries()) {
      const id = organizations[Math.floor(i / pods.length)]!;
      expect(notes.map(({ text }) => text)).toContain(`${id} ${i % pods.length}`);
      expect(notes.every(({ text }) => text.startsWith(id))).toBe(true);
    }
  });

  it('leaves nothing behind on the connection that it gives back', async () => {
    const { url } = await bouncerWith({ poolSize: 1 });
    const { database } = await open(url);
    const id = randomUUID();
    await database.withTenant(id, (tx) => tx.query(addNote, [id, 'kept']));
    await database.asSystem('a test', (tx) => tx.query(listNotes));
    await expect(database.withTenant(id, (tx) => tx.query('SELECT 1 / 0'))).rejects.toThrow('division by zero');
    expect(await queryRows(url, listNotes)).toEqual([]);
    expect(await queryRows(url, 'SELECT name FROM pg_prepared_statements')).toEqual([]);
  });

  it('is reached over TLS when the URL asks for it, and only where the certificate is the right one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'orbisvoice-ca-'));
    const [certificate, foreign] = [createSelfSignedCertificate(), createSelfSignedCertificate()];
    const { url } = await bouncerWith({ poolSize: 1, tls: certificate });
    const statusWith = async (cert: string) => {
      const file = join(folder, 'ca.crt');
      await writeFile(file, cert);
      const { health } = await open(`${url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(file)}`);
      return (await health.report()).status;
    };
    expect(await statusWith(certificate.cert)).toBe('ok');
    expect(await statusWith(foreign.cert)).toBe('unavailable');
    await rm(folder, { recursive: true, force: true });
  });
});
