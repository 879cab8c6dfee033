import { execFile } from 'node:child_process';
import { readFile, readlink, realpath } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A text that tells this run of process `pid` from any later process with the same number, or undefined when no such
 * process runs. Numbers alone are not enough: after a restart of a container the same small numbers come back.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return identityFromPs(pid);
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the second field is the name in parentheses and may hold blanks, so count from its end:
    // the state comes first, the start time (in clock ticks since boot) is field 22, the 20th from there.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    // A zombie has ended; only its parent has not asked for its exit status yet.
    if (state === 'Z' || state === 'X') return undefined;
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
    return `${boot.trim()} ${startTicks}`;
  } catch {
    return undefined;
  }
}

async function identityFromPs(pid: number): Promise<string | undefined> {
  const started = await psField(pid, 'lstart');
  return started === '' ? undefined : started;
}

/** Whether process `pid` is a Postgres that works in `clusterFolder` (Postgres makes it its current directory). */
export async function isPostgresOf(pid: number, clusterFolder: string): Promise<boolean> {
  const folder = await realpath(clusterFolder).catch(() => clusterFolder);
  if (process.platform !== 'linux') {
    const command = await psField(pid, 'command');
    return command.includes(folder) || command.includes(clusterFolder);
  }
  return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === folder;
}

async function psField(pid: number, field: string): Promise<string> {
  const result = await run('ps', ['-o', `${field}=`, '-p', String(pid)], { timeout: 5_000 }).catch(() => ({
    stdout: '',
  }));
  return result.stdout.trim();
}
