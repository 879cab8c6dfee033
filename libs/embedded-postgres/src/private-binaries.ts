import { chmod, constants, cp, lstat, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, normalize, relative } from 'node:path';

/** Where our own copy of the binaries may be kept, best place first. */
export function privateBinariesFolders(): string[] {
  const uid = process.geteuid?.() ?? 0;
  const temporary = join(tmpdir(), `orbisvoice-${uid}`);
  if (uid === 0) return ['/var/cache/orbisvoice', temporary, `/tmp/orbisvoice-${uid}`];
  return [...cacheBelowHome(), temporary];
}

function cacheBelowHome(): string[] {
  try {
    return [join(homedir(), '.cache', 'orbisvoice')];
  } catch {
    // A user without an entry in /etc/passwd has none.
    return [];
  }
}

/**
 * Copies the binaries of the package once to a folder below `parent` that every user may read, with the symbolic links
 * that the package's install script would have made. Returns the copy, or undefined when `parent` is no safe place.
 */
export async function copyBinaries(
  nativeFolder: string,
  parent: string,
  onProgress: (step: string) => void,
): Promise<string | undefined> {
  if (!(await isOursAlone(parent))) return undefined;
  const { version } = JSON.parse(await readFile(join(nativeFolder, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(parent, `postgres-${version}-${process.platform}-${process.arch}`);
  if (await exists(copy)) return copy;

  onProgress('Copying the Postgres binaries to a place they can run from');
  // Made aside and renamed, so that a copy under its final name is always whole, also when two starts race.
  const aside = await mkdtemp(join(parent, 'copying-'));
  try {
    await cp(nativeFolder, aside, {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
      filter: (source) => !source.endsWith('.a'),
    });
    await makeSymbolicLinks(aside);
    await openToEveryUser(aside);
    await rename(aside, copy);
  } catch (error) {
    if (!(await exists(copy))) throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return copy;
}

/** Others must not be able to plant binaries: the folder is ours, and nobody else writes to it. */
async function isOursAlone(parent: string): Promise<boolean> {
  try {
    await mkdir(dirname(parent), { recursive: true });
    await mkdir(parent).then(
      () => chmod(parent, 0o755),
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
    const found = await lstat(parent);
    return found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

/** `pg-symlinks.json` lists pairs like {"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}. */
async function makeSymbolicLinks(copy: string): Promise<void> {
  const list = await readFile(join(copy, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const [from, to] = [relative('native', normalize(source)), relative('native', normalize(target))];
    if (from.startsWith('..') || to.startsWith('..')) throw new Error(`pg-symlinks.json points outside: ${target}`);
    await symlink(relative(dirname(to), from), join(copy, to)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function openToEveryUser(copy: string): Promise<void> {
  await chmod(copy, 0o755);
  for (const entry of await readdir(copy, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, dirname(path) === join(copy, 'bin') ? 0o755 : 0o644);
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
