import { access, chmod, constants, mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EmbeddedPostgresError, explainFileError } from './embedded-postgres-error.js';

const maxLogBytes = 10_000_000;

/** What lies where in a data folder. */
export interface DataFolder {
  path: string;
  /** Postgres' own data directory (PGDATA). */
  cluster: string;
  /** Written by Postgres; its predecessor is kept as `postgres.log.1`. */
  log: string;
  /** The superuser's password, mode 0600. */
  password: string;
  /** Names the process that uses the folder. */
  owner: string;
}

export function dataFolderAt(path: string): DataFolder {
  const folder = resolve(path);
  return {
    path: folder,
    cluster: join(folder, 'postgres'),
    log: join(folder, 'postgres.log'),
    password: join(folder, 'superuser-password'),
    owner: join(folder, 'owner.json'),
  };
}

/** Creates the data folder if need be and refuses one that we cannot use or that holds something else. */
export async function openDataFolder(folder: DataFolder): Promise<void> {
  try {
    // Others may pass through (Postgres may run as another user) but not look around; every file in it is closed.
    const created = await mkdir(folder.path, { recursive: true });
    if (created) await chmod(folder.path, 0o711);
    await access(folder.path, constants.R_OK | constants.W_OK | constants.X_OK);
    const names = await readdir(folder.path);
    const foreign = names.filter((name) => !isOurs(name));
    if (!names.includes('postgres') && foreign.length > 0) {
      throw new EmbeddedPostgresError(
        'folder-not-ours',
        `The data folder ${folder.path} holds other files (${foreign.slice(0, 3).join(', ')}) and no database of ours: choose an empty or a new folder.`,
      );
    }
  } catch (error) {
    throw explainFileError(error, folder.path);
  }
}

function isOurs(name: string): boolean {
  return (
    name.startsWith('.') ||
    name.startsWith('initialising-') ||
    name.startsWith('owner.json') ||
    ['postgres', 'postgres.log', 'postgres.log.1', 'superuser-password', 'lost+found'].includes(name)
  );
}

/** Removes what a start that was killed midway has left. Only for the owner of the folder. */
export async function removeLeftovers(folder: DataFolder): Promise<void> {
  for (const name of await readdir(folder.path)) {
    // Its initdb may still be writing for a moment; then the next start removes it.
    if (!name.startsWith('initialising-')) continue;
    await rm(join(folder.path, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** The user who owns the database cluster, or undefined when there is none yet. */
export async function clusterOwnerUid(folder: DataFolder): Promise<number | undefined> {
  return stat(folder.cluster).then(
    (found) => found.uid,
    () => undefined,
  );
}

/**
 * Whether the folder has a database cluster that Postgres `majorVersion` can work with.
 *
 * @throws EmbeddedPostgresError `folder-broken`, `other-version`, `folder-not-writable`
 */
export async function hasCluster(folder: DataFolder, majorVersion: number): Promise<boolean> {
  const names = await readdir(folder.cluster).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw explainFileError(error, folder.path);
  });
  // An empty folder may be left by a copy or a mount; the new cluster takes its place.
  if (names === undefined || names.length === 0) return false;

  const version = names.includes('PG_VERSION') ? await readVersion(folder) : undefined;
  if (!version) throw brokenFolder(folder, 'its file postgres/PG_VERSION is missing or empty');
  if (Number(version) !== majorVersion) {
    throw new EmbeddedPostgresError(
      'other-version',
      `The data folder ${folder.path} was made by Postgres ${version} and this is Postgres ${majorVersion}: start with the version that made it and export the data, or choose another data folder.`,
    );
  }
  await access(folder.password, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw brokenFolder(folder, 'its file superuser-password is missing');
    throw explainFileError(error, folder.path);
  });
  // Postgres insists on it, and copying a folder often loses it.
  await chmod(folder.cluster, 0o700).catch((error: unknown) => {
    throw explainFileError(error, folder.path);
  });
  return true;
}

async function readVersion(folder: DataFolder): Promise<string> {
  try {
    return (await readFile(join(folder.cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    throw explainFileError(error, folder.path);
  }
}

export function brokenFolder(folder: DataFolder, why: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'folder-broken',
    `The database in the data folder ${folder.path} is broken (${why}): restore the folder from a backup, or remove it to start over.`,
  );
}

/** Keeps the log of Postgres bounded; called while Postgres is not running. */
export async function rotateLog(folder: DataFolder): Promise<void> {
  const size = await stat(folder.log).then(
    (found) => found.size,
    () => 0,
  );
  if (size > maxLogBytes) await rename(folder.log, `${folder.log}.1`);
}
