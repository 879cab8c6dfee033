import { brokenFolder, type DataFolder } from './data-folder.js';
import { diskFull, EmbeddedPostgresError } from './embedded-postgres-error.js';

/** What Postgres or initdb wrote before it gave up, as an error that says what to change. English: they run with LC_ALL=C. */
export function explainFailedStart(output: string, folder: DataFolder, port?: number): EmbeddedPostgresError {
  if (/No space left on device|Disk quota exceeded/i.test(output)) return diskFull(folder.path);
  const refusal = /could not bind .*: (.*)/.exec(output)?.[1];
  if (refusal) {
    const why = refusal === 'Address already in use' ? 'is in use by another process' : `cannot be used (${refusal})`;
    return new EmbeddedPostgresError(
      'port-in-use',
      `Port ${port} on 127.0.0.1 ${why}: free it, or choose another port for Postgres.`,
    );
  }
  if (/could not look up effective user ID/.test(output)) {
    const uid = process.geteuid?.();
    return new EmbeddedPostgresError(
      'no-usable-user',
      `This process runs as uid ${uid}, which has no entry in /etc/passwd, and Postgres needs one: add the user, or run as one that exists.`,
    );
  }
  if (/Cannot allocate memory|could not (create|resize) shared memory/.test(output)) {
    return new EmbeddedPostgresError(
      'start-failed',
      'There is not enough memory for Postgres: free some, or lower its setting shared_buffers.',
    );
  }
  const cause = lastCause(output);
  if (isDamage(output)) return brokenFolder(folder, cause);
  if (/Permission denied|has wrong ownership/.test(output)) {
    return new EmbeddedPostgresError(
      'folder-not-writable',
      `Postgres cannot use the data folder ${folder.path} (${cause}): give its folder 'postgres' back to the user who made it, or choose another data folder.`,
    );
  }
  return new EmbeddedPostgresError(
    'start-failed',
    `Postgres did not start (${cause}): see ${folder.log} for what it did.`,
  );
}

function isDamage(output: string): boolean {
  return (
    /could not (locate|find|read).*(checkpoint|control)|incorrect checksum in control file|invalid (primary )?checkpoint|not a valid data directory|database files are incompatible|could not find the database system/i.test(
      output,
    ) || /could not open (file|directory) "[^"]*": No such file|could not access directory|PANIC:/.test(output)
  );
}

/** The last line that names a cause, without its time and process. */
function lastCause(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const cause = lines.findLast((line) => /FATAL:|PANIC:|error:/.test(line)) ?? lines.at(-1) ?? 'it said nothing';
  return cause.replace(/^.*?(FATAL|PANIC|error):\s*/, '').slice(0, 300);
}
