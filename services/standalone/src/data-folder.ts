/** The folder that keeps everything of one installation: the database, its secrets and the log. */
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolderAt } from '@orbisvoice/embedded-postgres/data-folder';
import { explainFileError } from '@orbisvoice/embedded-postgres/embedded-postgres-error';
import { lockFolder } from '@orbisvoice/embedded-postgres/folder-lock';
import { endOrphan } from '@orbisvoice/embedded-postgres/orphan';

const POSTGRES = 'postgres';
const LOG = 'orbisvoice.log';
const JSON_FILES = ['secrets.json', 'demo.json', 'running.json'];
const OURS = [POSTGRES, LOG, `${LOG}.1`, ...JSON_FILES.flatMap((name) => [name, `${name}.new`])];
const MAX_LOG_BYTES = 20_000_000;

export interface DataFolder {
  path: string;
  /** For the embedded Postgres alone. */
  postgres: string;
  log: string;
  /** Lets another process use the folder. */
  release(): Promise<void>;
}

export interface DataFolderOptions {
  /** Delete what earlier runs have left. */
  fresh: boolean;
  onProgress(step: string): void;
}

/**
 * Creates the folder if need be and makes this process its only user. Other people's files in it are neither joined nor deleted.
 *
 * @throws an error whose message says what to change
 */
export async function openDataFolder(path: string, options: DataFolderOptions): Promise<DataFolder> {
  await createFolder(path);
  // The same lock that the database's folder has; ours covers the secrets, the log and `--fresh` as well.
  const lock = await lockFolder(dataFolderAt(path));
  const folder = { path, postgres: join(path, POSTGRES), log: join(path, LOG), release: () => lock.release() };
  try {
    if (options.fresh) await empty(folder, options.onProgress);
    await rotateLog(folder.log);
    return folder;
  } catch (error) {
    await lock.release();
    throw explainFileError(error, path);
  }
}

async function createFolder(path: string): Promise<void> {
  try {
    // Others may pass through (started by root, Postgres runs as another user) but not look around.
    if (await mkdir(path, { recursive: true })) await chmod(path, 0o711);
    const names = await readdir(path);
    const foreign = names.filter((name) => !isOurs(name));
    if (foreign.length > 0 && !names.includes('secrets.json')) {
      throw new Error(
        `The data folder ${path} holds other files (${foreign.slice(0, 3).join(', ')}) and no data of OrbisVoice: choose an empty or a new folder with DATA_DIR.`,
      );
    }
  } catch (error) {
    throw explainFileError(error, path);
  }
}

function isOurs(name: string): boolean {
  return OURS.includes(name) || name.startsWith('.') || name.startsWith('owner.json') || name === 'lost+found';
}

async function empty(folder: { path: string; postgres: string }, onProgress: (step: string) => void): Promise<void> {
  // A Postgres whose owner was killed a moment ago may still be writing.
  await endOrphan(dataFolderAt(folder.postgres), onProgress);
  onProgress('Deleting the data of earlier runs');
  for (const name of OURS) await rm(join(folder.path, name), { recursive: true, force: true });
}

/** Keeps the log bounded over many runs; its predecessor stays as `orbisvoice.log.1`. */
async function rotateLog(log: string): Promise<void> {
  const size = await stat(log).then(
    (found) => found.size,
    () => 0,
  );
  if (size > MAX_LOG_BYTES) await rename(log, `${log}.1`);
}
