import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The main process of a Postgres (the postmaster), as its own file describes it. */
export interface PostmasterPidFile {
  pid: number;
  ready: boolean;
}

/**
 * Reads `postmaster.pid` of a cluster, undefined when it is absent or not yet complete. Its lines are those of
 * src/include/utils/pidfile.h of Postgres: the process is the first, the state the eighth.
 */
export async function readPostmasterPidFile(clusterFolder: string): Promise<PostmasterPidFile | undefined> {
  const text = await readFile(postmasterPidPath(clusterFolder), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, ready: lines[7]?.trim() === 'ready' };
}

export function postmasterPidPath(clusterFolder: string): string {
  return join(clusterFolder, 'postmaster.pid');
}
