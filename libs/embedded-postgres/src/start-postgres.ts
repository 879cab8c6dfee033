import { chmod, readFile, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Binaries, prepareBinaries } from './binaries.js';
import {
  clusterOwnerUid,
  type DataFolder,
  dataFolderAt,
  hasCluster,
  openDataFolder,
  removeLeftovers,
  rotateLog,
} from './data-folder.js';
import { createDatabase } from './database-admin.js';
import { EmbeddedPostgresError, explainFileError } from './embedded-postgres-error.js';
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from './embedded-postgres.js';
import { type FolderLock, lockFolder } from './folder-lock.js';
import { findFreePort } from './free-port.js';
import { initialiseCluster, superuser } from './initialise-cluster.js';
import { endOrphan } from './orphan.js';
import { postmasterPidPath } from './postmaster-pid-file.js';
import { launchPostmaster, type Postmaster, waitUntilReady } from './postmaster.js';
import { chooseRunAs, type RunAs } from './run-as.js';
import { serverArguments } from './server-settings.js';
import { startWatchdog } from './watchdog.js';

const maxPortAttempts = 5;
const leftoverMemoryTimeoutMs = 10_000;
const retryMs = 200;

/** `removeFolderAtEnd`: the data folder is deleted when Postgres ends or this process does, however it does. */
export type StartOptions = EmbeddedPostgresOptions & { removeFolderAtEnd: boolean };

interface Running {
  postmaster: Postmaster;
  port: number;
}

/** `startEmbeddedPostgres` and `startTemporaryPostgres` are this, and document it. */
export async function startPostgres(options: StartOptions): Promise<EmbeddedPostgres> {
  const folder = dataFolderAt(options.dataDir);
  await openDataFolder(folder);
  const lock = await lockFolder(folder);
  try {
    const { binaries, runAs } = await prepare(folder, options);
    const password = await readPassword(folder);
    const running = await launch(folder, binaries, runAs, options);
    return describe(folder, running, password, lock, options);
  } catch (error) {
    await lock.release();
    if (options.removeFolderAtEnd) await rm(folder.path, { recursive: true, force: true });
    throw error;
  }
}

/** Everything before Postgres itself starts; ends with a cluster that is not in use. */
async function prepare(
  folder: DataFolder,
  { onProgress = () => undefined, durable = true }: StartOptions,
): Promise<{ binaries: Binaries; runAs: RunAs | undefined }> {
  await removeLeftovers(folder);
  const runAs = await chooseRunAs(await clusterOwnerUid(folder));
  const binaries = await prepareBinaries(runAs, onProgress);
  if (await hasCluster(folder, binaries.majorVersion)) {
    await endOrphan(folder, onProgress);
  } else {
    onProgress('Creating the database');
    await initialiseCluster(folder, binaries, runAs, durable);
  }
  return { binaries, runAs };
}

/** Starts Postgres, again where trying again helps: a picked port that another process took, memory about to be freed. */
async function launch(
  folder: DataFolder,
  binaries: Binaries,
  runAs: RunAs | undefined,
  options: StartOptions,
): Promise<Running> {
  const { onProgress = () => undefined, durable = true, settings } = options;
  onProgress('Starting Postgres');
  const deadline = Date.now() + leftoverMemoryTimeoutMs;
  for (let portAttempt = 1; ;) {
    const port = options.port || (await findFreePort());
    try {
      return await launchOnce(folder, binaries, runAs, port, serverArguments(port, durable, settings), options);
    } catch (error) {
      if (!(error instanceof EmbeddedPostgresError)) throw explainFileError(error, folder.path);
      const otherPortMayDo = error.kind === 'port-in-use' && !options.port && ++portAttempt <= maxPortAttempts;
      // After a postmaster was killed with -9, its backends need a moment to notice and end.
      const memoryStillHeld = /pre-existing shared memory block/.test(error.message) && Date.now() < deadline;
      if (!otherPortMayDo && !memoryStillHeld) throw error;
      await delay(retryMs);
    }
  }
}

async function launchOnce(
  folder: DataFolder,
  binaries: Binaries,
  runAs: RunAs | undefined,
  port: number,
  args: string[],
  options: StartOptions,
): Promise<Running> {
  await rotateLog(folder);
  const logOffset = await stat(folder.log).then(
    (found) => found.size,
    () => 0,
  );
  const postmaster = await launchPostmaster(folder, binaries, runAs, args);
  const removeFolder = options.removeFolderAtEnd ? folder.path : undefined;
  const dismissWatchdog = startWatchdog(postmaster.pid, postmasterPidPath(folder.cluster), removeFolder);
  void postmaster.exited.then(dismissWatchdog);
  await waitUntilReady(postmaster, folder, port, logOffset, options.onProgress ?? (() => undefined));
  return { postmaster, port };
}

async function readPassword(folder: DataFolder): Promise<string> {
  try {
    // Copying a folder often loses the mode.
    await chmod(folder.password, 0o600);
    return (await readFile(folder.password, 'utf8')).trim();
  } catch (error) {
    throw explainFileError(error, folder.path);
  }
}

function describe(
  folder: DataFolder,
  { postmaster, port }: Running,
  password: string,
  lock: FolderLock,
  options: StartOptions,
): EmbeddedPostgres {
  const superuserUrl = (database = 'postgres') =>
    `postgresql://${superuser}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  const stop = async () => {
    await postmaster.stop();
    if (options.removeFolderAtEnd) await rm(folder.path, { recursive: true, force: true });
    await lock.release();
  };
  let stopped: Promise<void> | undefined;
  return {
    host: '127.0.0.1',
    port,
    dataDir: folder.path,
    exited: postmaster.exited,
    superuserUrl,
    createDatabase: (name) => createDatabase(superuserUrl(), name),
    stop: () => (stopped ??= stop()),
  };
}
