import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const packageFolder = join(import.meta.dirname, '..');
const repository = join(packageFolder, '..', '..');

/** One line of test/owner.mjs. */
export interface OwnerReport {
  event: 'ready' | 'failed' | 'stopped';
  url?: string;
  folder?: string;
  steps?: string[];
  kind?: string;
  message?: string;
}

export interface OwnerProcess {
  child: ChildProcess;
  pid: number;
  /** The next report; fails when the process ends without one. */
  report(): Promise<OwnerReport>;
}

/** Builds the package, which processes outside the test runner use. */
export async function buildPackage(): Promise<void> {
  await promisify(execFile)(join(repository, 'node_modules', '.bin', 'tsc'), ['-p', packageFolder]);
}

/** Starts a process with an embedded Postgres of its own; in a process group of its own, like a shell's foreground job. */
export function startOwner(options: Record<string, unknown>, spawnOptions: SpawnOptions = {}): OwnerProcess {
  const child = spawn(process.execPath, [join(packageFolder, 'test', 'owner.mjs'), JSON.stringify(options)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...spawnOptions,
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    child,
    pid: child.pid!,
    report: async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error('The owner process ended without a report.');
      return JSON.parse(value) as OwnerReport;
    },
  };
}

export async function killHard(owner: OwnerProcess): Promise<void> {
  if (owner.child.exitCode !== null || owner.child.signalCode !== null) return;
  const exited = once(owner.child, 'exit');
  owner.child.kill('SIGKILL');
  await exited;
}
