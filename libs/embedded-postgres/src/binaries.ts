import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { copyBinaries, privateBinariesFolders } from './private-binaries.js';
import { type RunAs, spawnOptions } from './run-as.js';

const run = promisify(execFile);
const supportedPlatforms = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

/** Programs that are known to start for the user that Postgres runs as. */
export interface Binaries {
  initdb: string;
  postgres: string;
  majorVersion: number;
}

/**
 * Finds binaries that really start as `runAs`: those of the installed package, or else a copy of our own. Two things
 * make a copy necessary: the package lies below a folder that `runAs` may not enter, or npm blocked its install script
 * (npm 12 does by default), which makes the symbolic links of the shared libraries.
 *
 * @throws EmbeddedPostgresError `unsupported-platform`, `no-usable-user`, `binaries-unusable`
 */
export async function prepareBinaries(
  runAs: RunAs | undefined,
  onProgress: (step: string) => void,
  nativeFolder = locateNativeFolder(),
  copyFolders = privateBinariesFolders(),
): Promise<Binaries> {
  const installed = await tryBinaries(nativeFolder, runAs);
  if (installed.binaries) return installed.binaries;

  let failure = installed.failure;
  for (const parent of copyFolders) {
    const copy = await copyBinaries(nativeFolder, parent, onProgress).catch(
      (error: Error) => void (failure = error.message),
    );
    if (!copy) continue;
    const copied = await tryBinaries(copy, runAs);
    if (copied.binaries) return copied.binaries;
    failure = copied.failure;
  }
  throw new EmbeddedPostgresError(
    'binaries-unusable',
    `The embedded Postgres cannot be run here, neither from ${nativeFolder} nor from a copy in ${copyFolders.join(' or ')}: ${failure}. It needs a system with glibc and one of these folders writable and allowed to hold programs; or use a Postgres server of your own.`,
  );
}

/** The folder with bin, lib and share of this platform's `@embedded-postgres` package. */
export function locateNativeFolder(platform = `${process.platform}-${process.arch}`): string {
  if (!supportedPlatforms.includes(platform)) {
    throw new EmbeddedPostgresError(
      'unsupported-platform',
      `There is no embedded Postgres for ${platform}: use one of ${supportedPlatforms.join(', ')}, or a Postgres server of your own.`,
    );
  }
  const name = `@embedded-postgres/${platform}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (error) {
    throw new EmbeddedPostgresError(
      'unsupported-platform',
      `The package ${name} is not installed: install again without leaving out optional dependencies (npm ci --include=optional).`,
      { cause: error },
    );
  }
}

interface Trial {
  binaries?: Binaries;
  failure: string;
}

/** Running them is the only check that covers permissions, missing libraries, the wrong C library and noexec disks. */
async function tryBinaries(nativeFolder: string, runAs: RunAs | undefined): Promise<Trial> {
  const [initdb, postgres] = [join(nativeFolder, 'bin', 'initdb'), join(nativeFolder, 'bin', 'postgres')];
  const options = { ...spawnOptions(runAs), cwd: '/', timeout: 20_000 };
  try {
    await run(initdb, ['--version'], options);
    const { stdout } = await run(postgres, ['--version'], options);
    return { binaries: { initdb, postgres, majorVersion: Number(/(\d+)/.exec(stdout)?.[1]) }, failure: '' };
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    if (runAs && (code === 'EPERM' || code === 'EINVAL')) throw cannotSwitchUser(runAs, error);
    return { failure: (stderr?.trim() || message).split('\n')[0] ?? '' };
  }
}

function cannotSwitchUser(runAs: RunAs, cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'no-usable-user',
    `Postgres does not run as root, and this process is not allowed to run it as '${runAs.name}' (uid ${runAs.uid}): start as a normal user, or allow the container to change users.`,
    { cause },
  );
}
