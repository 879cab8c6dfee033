import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDataFolder } from '../src/data-folder.js';
import { loadSecrets } from '../src/secrets.js';

describe('the data folder', () => {
  let path: string;
  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'orbisvoice-data-')), 'data');
  });
  afterEach(async () => {
    await rm(join(path, '..'), { recursive: true });
  });
  const open = (fresh = false, onProgress: (step: string) => void = () => undefined) =>
    openDataFolder(path, { fresh, onProgress });

  it('is made, closed to others, and has one user at a time', async () => {
    const folder = await open();
    expect((await stat(path)).mode & 0o777).toBe(0o711);
    await expect(open()).rejects.toThrow(`The data folder ${path} is already in use by this process`);
    await expect(open(true)).rejects.toThrow('already in use');
    await folder.release();
    await (await open()).release();
  });

  it('keeps a log of at most 20 MB and its predecessor over any number of starts', async () => {
    await mkdir(path);
    await writeFile(join(path, 'orbisvoice.log'), 'short\n');
    await (await open()).release();
    expect(await readFile(join(path, 'orbisvoice.log'), 'utf8')).toBe('short\n');

    await truncate(join(path, 'orbisvoice.log'), 20_000_001);
    await writeFile(join(path, 'orbisvoice.log.1'), 'older');
    await (await open()).release();
    expect(await readdir(path)).toEqual(['orbisvoice.log.1']);
    expect((await stat(join(path, 'orbisvoice.log.1'))).size).toBe(20_000_001);
  });

  it('loses with --fresh what is ours, and nothing else', async () => {
    const folder = await open();
    const before = await loadSecrets(folder);
    expect((await stat(join(path, 'secrets.json'))).mode & 0o777).toBe(0o600);
    await mkdir(join(path, 'postgres/postgres'), { recursive: true });
    await writeFile(join(path, 'notes.txt'), 'mine');
    await folder.release();

    const steps: string[] = [];
    const fresh = await open(true, (step) => steps.push(step));
    expect(steps).toEqual(['Deleting the data of earlier runs']);
    expect((await readdir(path)).toSorted()).toEqual(['notes.txt', 'owner.json']);
    expect(await loadSecrets(fresh)).not.toEqual(before);
    await fresh.release();
  });

  it('is not taken when a start fails while it opens it', async () => {
    await mkdir(path);
    const failing = open(true, () => {
      throw new Error('Stopped.');
    });
    await expect(failing).rejects.toThrow('Stopped.');
    await (await open()).release();
  });
});
