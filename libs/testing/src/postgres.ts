import { randomBytes } from 'node:crypto';
import { createDatabase, dropDatabase, withDatabase } from '@orbisvoice/embedded-postgres/database-admin';
import { startTemporaryPostgres, type TemporaryPostgres } from '@orbisvoice/embedded-postgres/temporary-postgres';

export interface TestDatabase {
  /**
   * Connection URL of a superuser to a new, empty database. Roles belong to the whole server, which other suites may be
   * using at the same time: give those that a test creates names of their own.
   */
  readonly adminUrl: string;
  /** Drops the database, whoever is connected to it. May be called again. */
  stop(): Promise<void>;
}

let shared: Promise<TemporaryPostgres> | undefined;
let sharedBy = 0;

/**
 * A new database for one suite, on the server that TEST_DATABASE_ADMIN_URL names (a superuser's URL: the same tests on
 * another version of Postgres), or else on a temporary embedded Postgres. That one is shared by all that use it at a
 * time, and ends with the last of them; half a second to start.
 */
export async function startTestDatabase(environment: NodeJS.ProcessEnv = process.env): Promise<TestDatabase> {
  const name = `orbisvoice_test_${randomBytes(6).toString('hex')}`;
  const serverUrl = environment.TEST_DATABASE_ADMIN_URL;
  if (serverUrl) {
    await createDatabase(serverUrl, name);
    return { adminUrl: withDatabase(serverUrl, name), stop: once(() => dropDatabase(serverUrl, name)) };
  }
  const postgres = await acquireShared();
  try {
    return {
      adminUrl: await postgres.createDatabase(name),
      stop: once(async () => {
        if (sharedBy > 1) await dropDatabase(postgres.superuserUrl(), name);
        await releaseShared();
      }),
    };
  } catch (error) {
    await releaseShared();
    throw error;
  }
}

async function acquireShared(): Promise<TemporaryPostgres> {
  sharedBy += 1;
  shared ??= startTemporaryPostgres();
  try {
    return await shared;
  } catch (error) {
    await releaseShared();
    throw error;
  }
}

async function releaseShared(): Promise<void> {
  sharedBy -= 1;
  if (sharedBy > 0) return;
  const last = shared;
  shared = undefined;
  // One that did not start has nothing to stop; who asked for it knows the reason.
  const postgres = await last?.catch(() => undefined);
  await postgres?.stop();
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= action());
}
