import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startTemporaryPostgres, type TemporaryPostgres } from '@orbisvoice/embedded-postgres/temporary-postgres';
import { startTestDatabase } from '@orbisvoice/testing/postgres';
import { Client } from 'pg';

// Each case starts real processes, on a machine that may be busy.
jest.setTimeout(60_000);

async function databaseOf(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query<{ name: string }>('select current_database() as name')).rows[0]!.name;
  } finally {
    await client.end();
  }
}

describe('a test database', () => {
  it('lies on an embedded Postgres that is shared while anybody uses it', async () => {
    const [one, other] = await Promise.all([startTestDatabase({}), startTestDatabase({})]);
    expect(new URL(one.adminUrl).port).toBe(new URL(other.adminUrl).port);
    expect(await databaseOf(one.adminUrl)).not.toBe(await databaseOf(other.adminUrl));

    await one.stop();
    await one.stop();
    await expect(databaseOf(one.adminUrl)).rejects.toThrow('does not exist');
    await databaseOf(other.adminUrl);
    await other.stop();
    await expect(databaseOf(other.adminUrl)).rejects.toThrow('ECONNREFUSED');

    const later = await startTestDatabase({});
    await databaseOf(later.adminUrl);
    await later.stop();
  });

  describe('with TEST_DATABASE_ADMIN_URL', () => {
    let server: TemporaryPostgres;
    beforeAll(async () => {
      server = await startTemporaryPostgres();
    });
    afterAll(() => server.stop());

    it('lies on that server, and is dropped although somebody is connected', async () => {
      const adminUrl = `${server.superuserUrl()}?application_name=tests`;
      const database = await startTestDatabase({ TEST_DATABASE_ADMIN_URL: adminUrl });
      const url = new URL(database.adminUrl);
      expect(url.port).toBe(String(server.port));
      expect(url.search).toBe('?application_name=tests');

      const forgotten = new Client({ connectionString: database.adminUrl });
      forgotten.on('error', () => undefined);
      await forgotten.connect();
      await database.stop();
      await expect(databaseOf(database.adminUrl)).rejects.toThrow('does not exist');
      await forgotten.end().catch(() => undefined);
    });
  });
});
