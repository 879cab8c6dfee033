import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { DataFolder } from './data-folder.js';
import { EmbeddedPostgresError, explainFileError } from './embedded-postgres-error.js';
import { processIdentity } from './process-identity.js';

const maxAttempts = 5;

interface Owner {
  pid: number;
  identity: string;
}

/** The right to use a data folder. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Makes this process the only user of the data folder until `release`, or until it ends in whatever way: a lock whose
 * process is gone does not count. It guards our own steps; what guards the data itself is Postgres' postmaster.pid.
 *
 * @throws EmbeddedPostgresError `folder-in-use`, naming the folder and the process that uses it
 */
export async function lockFolder(folder: DataFolder): Promise<FolderLock> {
  const mine = JSON.stringify({ pid: process.pid, identity: (await processIdentity(process.pid)) ?? '' });
  try {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      if (await claim(folder, mine)) return { release: () => rm(folder.owner, { force: true }) };

      const found = await readFile(folder.owner, 'utf8').catch(() => undefined);
      if (found === undefined) continue;
      const user = await livingOwner(found);
      if (user !== undefined) throw inUse(folder, user);
      await removeStale(folder, found);
    }
  } catch (error) {
    throw explainFileError(error, folder.path);
  }
  throw new EmbeddedPostgresError(
    'folder-in-use',
    `The data folder ${folder.path} is being started by several processes at once: start one of them again.`,
  );
}

/** The process that uses the data folder now. */
export async function folderUser(folder: DataFolder): Promise<number | undefined> {
  return await livingOwner(await readFile(folder.owner, 'utf8').catch(() => ''));
}

/** @throws EmbeddedPostgresError `folder-in-use` as `lockFolder` does, and takes nothing */
export async function refuseUsedFolder(folder: DataFolder): Promise<void> {
  const user = await folderUser(folder);
  if (user !== undefined) throw inUse(folder, user);
}

/** Undefined when the process that took the lock is gone, even if another one has its number. */
async function livingOwner(lock: string): Promise<number | undefined> {
  const owner = parseOwner(lock);
  return owner && (await processIdentity(owner.pid)) === owner.identity ? owner.pid : undefined;
}

/** `link` fails when the name exists and never shows a half-written file, so exactly one claim wins. */
async function claim(folder: DataFolder, content: string): Promise<boolean> {
  const draft = aside(folder);
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await link(draft, folder.owner);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Two starts may find the same stale lock; the slower one must not remove the fresh lock of the faster one. */
async function removeStale(folder: DataFolder, stale: string): Promise<void> {
  const moved = aside(folder);
  try {
    await rename(folder.owner, moved);
  } catch {
    return;
  }
  if ((await readFile(moved, 'utf8')) !== stale) await link(moved, folder.owner).catch(() => undefined);
  await rm(moved, { force: true });
}

function aside(folder: DataFolder): string {
  return `${folder.owner}.${process.pid}-${randomBytes(4).toString('hex')}`;
}

function parseOwner(text: string): Owner | undefined {
  try {
    const { pid, identity } = JSON.parse(text) as Partial<Owner>;
    return typeof pid === 'number' && typeof identity === 'string' ? { pid, identity } : undefined;
  } catch {
    return undefined;
  }
}

function inUse(folder: DataFolder, pid: number): EmbeddedPostgresError {
  const who = pid === process.pid ? `this process (pid ${pid})` : `process ${pid}`;
  return new EmbeddedPostgresError(
    'folder-in-use',
    `The data folder ${folder.path} is already in use by ${who}: stop it first, or choose another data folder.`,
  );
}
