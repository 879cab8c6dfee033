/** The chart as it was released last: what an upgrade comes from. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './cluster-tool.js';
import { run } from './run-command.js';

const PATH = 'charts/orbisvoice';

export interface ReleasedChart {
  tag: string;
  folder: string;
}

/** The chart of the newest git tag that this commit comes from, in a temporary folder. Undefined before the first tag that has one. */
export async function lastReleasedChart(): Promise<ReleasedChart | undefined> {
  const git = async (...args: string[]) => (await run('git', args, { cwd: ROOT })).stdout.trim();
  const tag = await git('describe', '--tags', '--abbrev=0').catch(() => '');
  if (tag === '' || (await git('ls-tree', '-d', '--name-only', tag, PATH)) === '') return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'orbisvoice-chart-'));
  const archive = join(folder, 'chart.tar');
  await git('archive', '--format=tar', `--output=${archive}`, tag, PATH);
  await run('tar', ['-xf', archive, '-C', folder]);
  return { tag, folder };
}

export const chartIn = ({ folder }: ReleasedChart): string => join(folder, PATH);
