import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerSettings } from './server-settings.js';
import { startPostgres } from './start-postgres.js';

export interface TemporaryPostgres {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** A connection URL of the superuser; `postgres` is the database by default. */
  superuserUrl(database?: string): string;
  /** Creates a new, empty database (with a name of its own unless given one) and returns the superuser's URL to it. */
  createDatabase(name?: string): Promise<string>;
  /** Ends Postgres and deletes its data. May be called again. */
  stop(): Promise<void>;
}

/**
 * A throw-away Postgres for tests, in a temporary folder and without waiting for the disk; about half a second to start.
 * When this process ends without `stop()`, killed or not, the watchdog ends Postgres and deletes the folder. It does not
 * rely on an exit handler, as a test runner that ends its workers with a signal runs none.
 *
 * @throws EmbeddedPostgresError as `startEmbeddedPostgres` does
 */
export async function startTemporaryPostgres(options: { settings?: ServerSettings } = {}): Promise<TemporaryPostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'orbisvoice-postgres-'));
  const postgres = await startPostgres({ ...options, dataDir, durable: false, removeFolderAtEnd: true });
  return {
    host: postgres.host,
    port: postgres.port,
    superuserUrl: postgres.superuserUrl,
    createDatabase: async (name = `test_${randomBytes(6).toString('hex')}`) => {
      await postgres.createDatabase(name);
      return postgres.superuserUrl(name);
    },
    stop: postgres.stop,
  };
}
