import { chmod, cp, lstat, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { locateNativeFolder, prepareBinaries } from '../src/binaries.js';
import { chooseRunAs } from '../src/run-as.js';
import { Folders } from './folders.js';

// Each case starts real processes, on a machine that may be busy.
jest.setTimeout(60_000);

const folders = new Folders();
afterAll(() => folders.removeAll());

const isRoot = process.geteuid?.() === 0;
const silent = () => undefined;

/** The package as npm leaves it when it blocks install scripts: without the symbolic links, readable by its owner only. */
async function packageWithoutInstallScript(): Promise<string> {
  const folder = await folders.make();
  const native = locateNativeFolder();
  await cp(join(native, '..'), folder, {
    recursive: true,
    filter: async (source) => !(await lstat(source)).isSymbolicLink(),
  });
  return join(folder, 'native');
}

async function openFolder(): Promise<string> {
  const folder = await folders.make();
  await chmod(folder, 0o755);
  return folder;
}

describe('the binaries', () => {
  it('of the installed package are used as they are where they start', async () => {
    const binaries = await prepareBinaries(undefined, silent, locateNativeFolder(), []);
    expect(binaries.postgres).toBe(join(locateNativeFolder(), 'bin', 'postgres'));
    expect(binaries.majorVersion).toBe(18);
  });

  it('are copied once, with the links, when the install script did not run or the folder is closed', async () => {
    const native = await packageWithoutInstallScript();
    const cache = await openFolder();
    const steps: string[] = [];
    const runAs = await chooseRunAs(undefined);
    const parent = join(cache, 'orbisvoice');
    const first = await prepareBinaries(runAs, (step) => steps.push(step), native, [parent]);
    expect(first.postgres.startsWith(parent)).toBe(true);
    expect(steps).toEqual(['Copying the Postgres binaries to a place they can run from']);
    expect(await readlink(join(first.postgres, '..', '..', 'lib', 'libpq.so.5'))).toMatch(/^libpq\.so\.5\.\d+$/);
    // The package itself stays as npm left it.
    await expect(lstat(join(native, 'lib', 'libpq.so.5'))).rejects.toThrow('ENOENT');

    const copiedAt = (await stat(first.postgres)).ctimeMs;
    const second = await prepareBinaries(runAs, (step) => steps.push(step), native, [parent]);
    expect(steps).toHaveLength(1);
    expect(second).toEqual(first);
    expect((await stat(second.postgres)).ctimeMs).toBe(copiedAt);
  });

  it('are never taken from a folder in which others could have planted them', async () => {
    const native = await packageWithoutInstallScript();
    const planted = await openFolder();
    await chmod(planted, 0o777);
    const failing = prepareBinaries(undefined, silent, native, [planted]);
    await expect(failing).rejects.toMatchObject({ kind: 'binaries-unusable' });

    const safe = await openFolder();
    const binaries = await prepareBinaries(undefined, silent, native, [planted, safe]);
    expect(binaries.postgres.startsWith(safe)).toBe(true);
  });

  it('that cannot run on this system are one sentence with the reason', async () => {
    const native = await packageWithoutInstallScript();
    await rm(join(native, 'lib'), { recursive: true });
    await writeFile(join(native, 'pg-symlinks.json'), '[]');
    const failing = prepareBinaries(undefined, silent, native, [await openFolder()]);
    await expect(failing).rejects.toMatchObject({
      kind: 'binaries-unusable',
      message: expect.stringMatching(/error while loading shared libraries.*or use a Postgres server of your own\.$/),
    });
  });

  (isRoot ? it : it.skip)('are copied from below a folder that only root may enter', async () => {
    const closed = await folders.make();
    await cp(join(locateNativeFolder(), '..'), closed, { recursive: true, verbatimSymlinks: true });
    await chmod(closed, 0o700);
    const cache = await openFolder();
    const binaries = await prepareBinaries(await chooseRunAs(undefined), silent, join(closed, 'native'), [cache]);
    expect(binaries.postgres.startsWith(cache)).toBe(true);
  });
});
