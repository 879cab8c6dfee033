import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.js';
import type { DataFolder } from './data-folder.js';
import { EmbeddedPostgresError, explainFileError } from './embedded-postgres-error.js';
import { explainFailedStart } from './failed-start.js';
import { pathFromInside, type RunAs, spawnOptions } from './run-as.js';

export const superuser = 'postgres';
const timeoutMs = 120_000;
const maxOutputChars = 64_000;

/**
 * Creates the database cluster of a data folder with a superuser password of its own. It is made aside and renamed, so
 * that a start that is killed midway never leaves a half-made cluster under the final name.
 *
 * @param durable whether to wait until all of it is on the disk
 * @throws EmbeddedPostgresError `disk-full`, `no-usable-user`, `folder-not-writable`, `start-failed`
 */
export async function initialiseCluster(
  folder: DataFolder,
  binaries: Binaries,
  runAs: RunAs | undefined,
  durable: boolean,
): Promise<void> {
  const fresh = join(folder.path, `initialising-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await writePassword(folder, runAs);
    await mkdir(fresh, { mode: 0o700 });
    if (runAs) await chown(fresh, runAs.uid, runAs.gid);
    await runInitdb(folder, fresh, binaries, runAs, durable);
    await rename(fresh, folder.cluster);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true }).catch(() => undefined);
    throw explainFileError(error, folder.path);
  }
}

/** The file belongs to the user who owns the data anyway, so that initdb can read it. */
async function writePassword(folder: DataFolder, runAs: RunAs | undefined): Promise<void> {
  await rm(folder.password, { force: true });
  await writeFile(folder.password, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (runAs) await chown(folder.password, runAs.uid, runAs.gid);
}

async function runInitdb(
  folder: DataFolder,
  fresh: string,
  binaries: Binaries,
  runAs: RunAs | undefined,
  durable: boolean,
): Promise<void> {
  // An open file instead of its name: its folder may be one that `runAs` cannot enter.
  const password = await open(folder.password, 'r');
  try {
    const child = spawn(binaries.initdb, initdbArguments(pathFromInside(fresh, runAs), durable), {
      ...spawnOptions(runAs),
      cwd: fresh,
      // Ctrl-C must not leave half a cluster: it ends by itself in a moment.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', password.fd],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    const collect = (chunk: string) => void (output = (output + chunk).slice(-maxOutputChars));
    child.stdout?.setEncoding('utf8').on('data', collect);
    child.stderr?.setEncoding('utf8').on('data', collect);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code === null) {
      throw new EmbeddedPostgresError(
        'start-failed',
        `Creating the database in ${folder.path} took longer than ${timeoutMs / 1000} s and was ended: is the disk overloaded?`,
      );
    }
    if (code !== 0) throw explainFailedStart(output, folder);
  } finally {
    await password.close();
  }
}

function initdbArguments(path: string, durable: boolean): string[] {
  return [
    `--pgdata=${path}`,
    `--username=${superuser}`,
    '--auth=scram-sha-256',
    '--pwfile=/dev/fd/3',
    '--encoding=UTF8',
    // Sorts like C on every machine; the built-in provider adds upper and lower case beyond ASCII.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
}
