/** Any program of the comparison: started with a clean environment, ended by its id, and what it and its children use. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { usageOf } from '../load/process-usage.js';

const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 10_000;
const LAST_LINES = 20;

export interface Program {
  pid: number;
  /** What came after "ready " on standard output. */
  ready: string;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  command: string;
  args: string[];
  cwd?: string;
  environment?: Record<string, string>;
  /** Finds out that it is ready, for a program that does not say so. */
  isReady?: () => Promise<boolean>;
}

export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: { PATH, HOME, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  const note = (line: string) => {
    said.push(line);
    if (said.length > LAST_LINES) said.shift();
  };
  createInterface({ input: child.stderr! }).on('line', note);
  const output = createInterface({ input: child.stdout! });
  const program = { pid: child.pid!, ready: '', stop: () => stop(child) };
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('it did not get ready')), START_TIMEOUT_MS);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      output.on('line', (line) => {
        note(line);
        if (!line.startsWith('ready ')) return;
        program.ready = line.slice('ready '.length);
        done();
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
      if (options.isReady) void poll(options.isReady, done);
    });
  } catch (error) {
    await program.stop();
    throw new Error(`${options.command} ${options.args[0] ?? ''}: ${said.join('\n')}`, { cause: error });
  }
  return program;
}

const POLL_MS = 100;

async function poll(isReady: () => Promise<boolean>, done: () => void): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < until) {
    if (await isReady().catch(() => false)) return done();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Ends the program and whatever it left behind, each by its id. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const descendants = (await treeOf([child.pid])).slice(1);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
  for (const pid of descendants) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It had ended by itself.
    }
  }
}

/** These processes and all their descendants. */
export async function treeOf(roots: number[]): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent > 0) parents.set(Number(name), parent);
  }
  const tree = [...roots];
  for (const root of tree) for (const [pid, parent] of parents) if (parent === root) tree.push(pid);
  return tree;
}

/** Time on a processor so far of each process of these trees, in ms. */
export async function cpuOf(roots: number[]): Promise<Map<number, number>> {
  const used = new Map<number, number>();
  for (const pid of await treeOf(roots)) {
    const usage = await usageOf(pid).catch(() => undefined);
    if (usage) used.set(pid, usage.cpuMs);
  }
  return used;
}

/** Memory of these trees in bytes, what they share with others counted by their part (PSS). */
export async function memoryOf(roots: number[]): Promise<number> {
  let bytes = 0;
  for (const pid of await treeOf(roots)) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    bytes += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
  }
  return bytes;
}
