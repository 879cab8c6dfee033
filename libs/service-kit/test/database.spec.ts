import { randomBytes, randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { startTestDatabase } from '@orbisvoice/testing/postgres';
import { createServiceDatabase, queryRows, type ServiceDatabase } from '@orbisvoice/testing/service-database';
import { Database } from '../src/database.js';
import { Health } from '../src/health.js';
import { createLog } from '../src/log.js';
import { migrate } from '../src/migrations.js';
import { addNote, listNotes, notesDatabase } from './notes-database.js';

const log = createLog({ service: 'test', level: 'silent' });
const NOBODY_LISTENS = 'postgres://app:secret@127.0.0.1:1/none';

it('tells how long transactions and their queries took, also of a replica', async () => {
  const made = await createServiceDatabase(notesDatabase);
  const { url } = made;
  const queries: number[] = [];
  const transactions: string[] = [];
  const database = new Database({
    ...notesDatabase,
    url,
    replicaUrl: url,
    poolSize: 2,
    log,
    onQuery: (durationMs) => queries.push(durationMs),
    onTransaction: (result) => transactions.push(result),
  });
  await database.start(new Health());
  const tookOver = (ms: number) => queries.filter((durationMs) => durationMs > ms).length;
  try {
    const slowly = (tx: EntityManager) => tx.query('SELECT pg_sleep(0.2)');
    await database.withTenant(randomUUID(), slowly);
    expect([tookOver(150), transactions]).toEqual([1, ['ok']]);
    await database.readTenant(randomUUID(), slowly);
    expect([tookOver(150), transactions]).toEqual([2, ['ok']]);
    await expect(database.withTenant(randomUUID(), (tx) => tx.query('SELECT nonsense'))).rejects.toThrow();
    expect(transactions).toEqual(['ok', 'failed']);
  } finally {
    await database.stop();
    await made.stop();
  }
}, 60_000);

it('tells a refusal from an absence: in health, in an error line that names the variable, once', async () => {
  const made = await createServiceDatabase(notesDatabase);
  const url = Object.assign(new URL(made.url), { username: 'nobody_of_that_name' }).href;
  const lines: string[] = [];
  const destination = new PassThrough();
  destination.on('data', (line: Buffer) => void lines.push(line.toString()));
  const errors = createLog({ service: 'test', level: 'error', destination });
  const health = new Health();
  const database = new Database({ ...notesDatabase, url, replicaUrl: undefined, poolSize: 2, log: errors });
  await database.start(health);
  try {
    await sleep(1_500); // it has tried again meanwhile
    const { status, checks } = await health.report();
    const detail = expect.stringMatching(/^Postgres refuses the credentials of DATABASE_URL: .*nobody_of_that_name/);
    expect([status, checks['postgres']]).toEqual(['unavailable', { status: 'failed', detail }]);
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([detail]);
  } finally {
    await database.stop();
    await made.stop();
  }
}, 60_000);

describe('reading from a replica', () => {
  const organizationId = randomUUID();
  const opened: Database[] = [];
  let primary: ServiceDatabase;
  /** Stands for a copy that lags: so it can be seen who answered. */
  let replica: ServiceDatabase;

  beforeAll(async () => {
    primary = await createServiceDatabase(notesDatabase);
    replica = await createServiceDatabase(notesDatabase);
    for (const [{ url }, text] of [
      [primary, 'from the primary'],
      [replica, 'from the replica'],
    ] as const) {
      const database = await open(url);
      await database.withTenant(organizationId, (tx) => tx.query(addNote, [organizationId, text]));
    }
  }, 60_000);
  afterAll(async () => {
    for (const database of opened) await database.stop();
    await primary?.stop();
    await replica?.stop();
  });

  const open = async (url: string, replicaUrl?: string, health = new Health()) => {
    const database = new Database({ ...notesDatabase, url, replicaUrl, poolSize: 2, log });
    opened.push(database);
    await database.start(health);
    return database;
  };
  const read = (database: Database, organization = organizationId) =>
    database.readTenant(organization, (tx) => tx.query(listNotes));

  it('asks it for what may be a moment old, and the primary for the rest', async () => {
    const database = await open(primary.url, replica.url);
    expect(await read(database)).toEqual([{ text: 'from the replica' }]);
    expect(await database.withTenant(organizationId, (tx) => tx.query(listNotes))).toEqual([
      { text: 'from the primary' },
    ]);
  });

  it('sees no other organization there', async () => {
    expect(await read(await open(primary.url, replica.url), randomUUID())).toEqual([]);
  });

  it('asks the primary when there is none, and when it is away, and says so', async () => {
    expect(await read(await open(primary.url))).toEqual([{ text: 'from the primary' }]);
    const health = new Health();
    const database = await open(primary.url, NOBODY_LISTENS, health);
    expect(await read(database)).toEqual([{ text: 'from the primary' }]);
    expect(await health.report()).toMatchObject({
      status: 'degraded',
      checks: { postgres: { status: 'ok' }, postgres_replica: { status: 'failed' } },
    });
  });
});

describe('a database that is not ready yet', () => {
  it('keeps a service out of traffic, but not from starting', async () => {
    const health = new Health();
    const database = new Database({ ...notesDatabase, url: NOBODY_LISTENS, poolSize: 1, log });
    await database.start(health);
    expect(await health.report()).toEqual({
      status: 'unavailable',
      checks: {
        postgres: { status: 'failed', detail: 'Postgres is not connected yet' },
        postgres_writes: { status: 'ok' },
      },
    });
    await database.stop();
  });

  it('is one without the schema too; migrations, run by a role that is no superuser, bring it and the role of the service', async () => {
    const { adminUrl, stop } = await startTestDatabase();
    const suffix = randomBytes(6).toString('hex');
    const [owner, other, appRole] = [`owner_${suffix}`, `other_${suffix}`, `app_${suffix}`];
    const name = new URL(adminUrl).pathname.slice(1);
    for (const [role, right] of [
      [owner, 'CREATEROLE'],
      [other, 'NOCREATEROLE'],
    ] as const) {
      await queryRows(adminUrl, `CREATE ROLE ${role} LOGIN ${right} PASSWORD 'secret'`);
      await queryRows(adminUrl, `GRANT CREATE ON DATABASE "${name}" TO ${role}`);
    }
    const urlOf = (role: string) => Object.assign(new URL(adminUrl), { username: role, password: 'secret' }).href;
    const options = { ...notesDatabase, appRole, appPassword: 'secret' };
    await expect(migrate({ ...options, ownerUrl: urlOf(other) })).rejects.toThrow(
      `The role "${appRole}" does not exist, and "${other}" may not make it`,
    );
    // The release before had no migration.
    await migrate({ ...options, migrations: [], ownerUrl: urlOf(owner) });
    const database = new Database({ ...notesDatabase, url: urlOf(appRole), poolSize: 1, log });
    let health = new Health();
    await database.start(health);
    expect((await health.report()).checks['postgres']?.detail).toMatch(/run the migrations$/);
    // Both at once: one works, the other waits and finds it done.
    const applied = await Promise.all([
      migrate({ ...options, ownerUrl: urlOf(owner) }),
      migrate({ ...options, ownerUrl: urlOf(owner) }),
    ]);
    expect(applied.flat()).toEqual(['Notes1790000000000']);
    health = new Health();
    await database.start(health);
    expect((await health.report()).status).toBe('ok');
    const organizationId = randomUUID();
    await database.withTenant(organizationId, (tx) => tx.query(addNote, [organizationId, 'one']));
    expect(await database.withTenant(randomUUID(), (tx) => tx.query(listNotes))).toEqual([]);
    await database.stop();
    await queryRows(adminUrl, `DROP OWNED BY ${owner}, ${other}, ${appRole} CASCADE`);
    await queryRows(adminUrl, `DROP ROLE ${appRole}, ${owner}, ${other}`);
    await stop();
  }, 60_000);
});
