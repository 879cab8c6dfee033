// Builds what has changed of `standalone` and of what it needs, then runs every service in this process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArguments, USAGE } from '../services/standalone/src/arguments.ts';
import { Progress } from '../services/standalone/src/progress.ts';
import { isBuilt, markBuilt, readBuildState } from './build-stamp.mjs';

const PROJECT = '@orbisvoice/standalone';
const MAX_PARALLEL = 8;
const PARENT_POLL_MS = 500;

/** `args` as on the command line. Does not return when it fails. */
export async function buildAndRun(args) {
  if (!understands(args)) return;
  if (process.env['npm_lifecycle_event'] === 'start') endWithParent();
  const progress = new Progress(process.stdout);
  await build(progress);
  progress.step('Loading');
  const { main } = await import(`${PROJECT}/main`);
  progress.done();
  await main(args, process.env);
}

/** npm passes SIGTERM on to its shell, which ends without passing it on to us. */
function endWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_POLL_MS);
  timer.unref();
}

/** Before the build, so that a slip of the finger costs no time. */
function understands(args) {
  try {
    const { help } = parseArguments(args);
    if (help) process.stdout.write(USAGE);
    return !help;
  } catch (error) {
    process.stderr.write(`OrbisVoice can't start.\n  ${error.message}\n`);
    process.exitCode = 1;
    return false;
  }
}

async function build(progress) {
  const state = readBuildState();
  if (isBuilt(state)) return;
  const nx = startNx();
  progress.step('Building');
  let interrupted;
  const interrupt = (signal) => {
    interrupted = signal;
    nx.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, interrupt);
  const output = [];
  nx.stderr.on('data', (chunk) => output.push(...String(chunk).split('\n')));
  followBuild(nx.stdout, progress, (line) => output.push(line));
  const [status] = await once(nx, 'close');
  for (const signal of signals) process.off(signal, interrupt);
  if (status === 0 && interrupted === undefined) {
    markBuilt(state);
    progress.done();
    return;
  }
  if (interrupted !== undefined) {
    progress.interrupt();
    process.exit(130);
  }
  progress.fail();
  process.stderr.write(
    `\n${whatFailed(output).join('\n').trim()}\n\nOrbisVoice can't start.\n  The build failed, see above.\n`,
  );
  process.exit(1);
}

/** What the tasks that failed have written, or everything when Nx itself did. */
function whatFailed(output) {
  const failed = output.slice(output.indexOf('Failed tasks:')).flatMap((line) => /^- (\S+)$/.exec(line)?.[1] ?? []);
  const lines = [];
  let shown = false;
  for (const line of output) {
    const heading = /^> nx run (\S+)|^ NX /.exec(line);
    if (heading) shown = failed.includes(heading[1]);
    if (shown) lines.push(line);
  }
  return lines.length > 0 ? lines : output;
}

function startNx() {
  const parallel = Math.min(MAX_PARALLEL, Math.max(2, availableParallelism()));
  const args = ['run-many', '-t', 'build', '-p', PROJECT, '--outputStyle=static', `--parallel=${parallel}`];
  return spawn(process.execPath, [findNx(), ...args], {
    cwd: new URL('..', import.meta.url),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Nx itself rather than through npx, which takes a third of a second. */
function findNx() {
  const require = createRequire(import.meta.url);
  try {
    const packageFile = require.resolve('nx/package.json');
    return join(dirname(packageFile), require(packageFile).bin.nx);
  } catch {
    process.stderr.write("\nOrbisVoice can't start.\n  Its packages are not installed: run `npm ci` first.\n");
    process.exit(1);
  }
}

/** Nx writes "> nx run <project>:build" when that is done, and "[local cache]" behind what had not changed. */
function followBuild(stdout, progress, keep) {
  let total = '?';
  let finished = 0;
  createInterface({ input: stdout }).on('line', (line) => {
    keep(line);
    const others = /for project \S+ and (\d+) tasks? it depends on/.exec(line)?.[1];
    if (others !== undefined && finished === 0) total = Number(others) + 1;
    const [, project, cached] = /^> nx run (\S+):build(.*cache)?/.exec(line) ?? [];
    if (project === undefined) return;
    finished += 1;
    if (cached === undefined) progress.detail(project.split('/').at(-1), `${finished} of ${total}`);
  });
}
