import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataFolder } from './data-folder.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { postmasterPidPath, readPostmasterPidFile } from './postmaster-pid-file.js';
import { isPostgresOf, processIdentity } from './process-identity.js';

const stopTimeoutMs = 10_000;
const pollMs = 50;

/**
 * Stops a Postgres that an earlier owner of the data folder left running. Stopping and starting anew takes a fraction of
 * a second and leaves one kind of running Postgres to reason about (our child, with our settings and port), which
 * adopting would not. Only for the owner of the folder, so nobody can be using that Postgres on purpose.
 *
 * @throws EmbeddedPostgresError `stop-failed` when it does not end
 */
export async function endOrphan(folder: DataFolder, onProgress: (step: string) => void): Promise<void> {
  const left = await readPostmasterPidFile(folder.cluster);
  if (!left) return;
  const identity = await processIdentity(left.pid);
  // Nobody has this number any more: Postgres itself recognises the file as stale, and recovers.
  if (identity === undefined) return;
  if (!(await isPostgresOf(left.pid, folder.cluster))) {
    // The number was given to another process since; Postgres could take that one for a running Postgres.
    await rm(postmasterPidPath(folder.cluster), { force: true });
    return;
  }
  onProgress('Stopping the Postgres that an earlier run left behind');
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    sendSignal(left.pid, signal);
    const deadline = Date.now() + stopTimeoutMs;
    while (Date.now() < deadline) {
      if ((await processIdentity(left.pid)) !== identity) return;
      await delay(pollMs);
    }
  }
  throw new EmbeddedPostgresError(
    'stop-failed',
    `The Postgres with pid ${left.pid}, left by an earlier run in the data folder ${folder.path}, does not stop: end that process, or choose another data folder.`,
  );
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in the meantime, or is not ours to signal: the wait that follows tells.
  }
}
