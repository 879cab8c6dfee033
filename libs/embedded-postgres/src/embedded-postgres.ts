import type { ServerSettings } from './server-settings.js';
import { startPostgres } from './start-postgres.js';

export interface EmbeddedPostgresOptions {
  /**
   * The folder for the data, created if need be; nothing else may keep files in it. It holds the cluster (`postgres`),
   * the superuser's random password (`superuser-password`, mode 0600), the log (`postgres.log`) and who uses it
   * (`owner.json`).
   */
  dataDir: string;
  /** TCP port on 127.0.0.1; 0 or undefined picks a free one at each start. */
  port?: number;
  /** Told about each slow step, in words for people. */
  onProgress?: (step: string) => void;
  /** Server settings on top of ours, as in postgresql.conf; address and port cannot be changed here. */
  settings?: ServerSettings;
  /** False trades the data's safety when the machine crashes for speed; true by default. */
  durable?: boolean;
}

export interface EmbeddedPostgres {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly dataDir: string;
  /** Settles when this Postgres is gone, for whatever reason. */
  readonly exited: Promise<void>;
  /** A connection URL of the superuser, with its password; `postgres` is the database by default. */
  superuserUrl(database?: string): string;
  /** Creates a database, unless it exists. */
  createDatabase(name: string): Promise<void>;
  /** Ends every connection, writes everything to the disk, ends Postgres and frees the data folder. May be called again. */
  stop(): Promise<void>;
}

/**
 * Runs a real Postgres from an npm package, on 127.0.0.1 only, for as long as this process lives.
 *
 * It runs detached: Ctrl-C does not reach it, so call `stop()` after the last writes. When this process ends in any
 * other way, kill -9 included, a watchdog shuts Postgres down within seconds. Should both be killed, the next start
 * in the same folder ends the Postgres that was left behind. As root, Postgres runs as `nobody` or as the cluster's owner.
 *
 * @throws EmbeddedPostgresError with a `kind`, and a sentence that says what to change
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  return startPostgres({ ...options, removeFolderAtEnd: false });
}
