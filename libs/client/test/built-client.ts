import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const client = join(import.meta.dirname, '..');

/** Builds this package's sources into a folder of its own, as `npm run build` does into `dist`. */
export async function buildClient(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'orbisvoice-client-'));
  await run(join(client, '../../node_modules/.bin/tsc'), ['-p', client, '--outDir', folder]);
  await run(process.execPath, [join(client, 'scripts/bundle-worklets.mjs'), folder]);
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
