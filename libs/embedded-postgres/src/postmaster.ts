import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './binaries.js';
import type { DataFolder } from './data-folder.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { explainFailedStart } from './failed-start.js';
import { readPostmasterPidFile } from './postmaster-pid-file.js';
import { pathFromInside, type RunAs, spawnOptions } from './run-as.js';

const recoveryTimeoutMs = 120_000;
const slowAfterMs = 3_000;
const fastStopTimeoutMs = 10_000;
const pollMs = 15;
const maxLogTailBytes = 64_000;

/** The main process of a Postgres that we started. */
export interface Postmaster {
  pid: number;
  /** Settles once it is gone, for whatever reason. */
  exited: Promise<void>;
  /** Disconnects every client, waits for a checkpoint, up to 10 s; then ends at once, which the next start recovers from. */
  stop(): Promise<void>;
}

/**
 * Starts Postgres in a session of its own, so that the terminal's Ctrl-C (SIGINT to the whole foreground group) reaches
 * only the services, which still have last writes to make.
 */
export async function launchPostmaster(
  folder: DataFolder,
  binaries: Binaries,
  runAs: RunAs | undefined,
  serverArguments: string[],
): Promise<Postmaster> {
  const path = pathFromInside(folder.cluster, runAs);
  const log = await open(folder.log, 'a', 0o600);
  try {
    const child = spawn(binaries.postgres, ['-D', path, ...serverArguments], {
      ...spawnOptions(runAs),
      cwd: folder.cluster,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    return { pid: child.pid!, exited, stop: () => stopChild(child, exited, folder) };
  } finally {
    await log.close();
  }
}

/**
 * Waits until Postgres accepts connections.
 *
 * @param logOffset where the log of this start begins, in bytes
 * @throws EmbeddedPostgresError with the reason when it ends instead or takes longer than two minutes
 */
export async function waitUntilReady(
  postmaster: Postmaster,
  folder: DataFolder,
  port: number,
  logOffset: number,
  onProgress: (step: string) => void,
): Promise<void> {
  let ended = false;
  void postmaster.exited.then(() => (ended = true));
  const startedAt = Date.now();
  let said = false;
  while (Date.now() - startedAt < recoveryTimeoutMs) {
    if (ended) throw explainFailedStart(await readLogFrom(folder, logOffset), folder, port);
    const state = await readPostmasterPidFile(folder.cluster);
    if (state?.pid === postmaster.pid && state.ready) return;
    if (!said && Date.now() - startedAt > slowAfterMs) {
      said = true;
      onProgress('Waiting for Postgres to recover from an unclean stop');
    }
    await delay(pollMs);
  }
  await postmaster.stop();
  throw new EmbeddedPostgresError(
    'start-failed',
    `Postgres was not ready after ${recoveryTimeoutMs / 1000} s and was stopped: see ${folder.log} for what it did.`,
  );
}

async function readLogFrom(folder: DataFolder, offset: number): Promise<string> {
  const log = await readFile(folder.log).catch(() => Buffer.alloc(0));
  return log.subarray(offset).subarray(-maxLogTailBytes).toString('utf8');
}

async function stopChild(child: ChildProcess, exited: Promise<void>, folder: DataFolder): Promise<void> {
  // While we wait for it, it counts as a reason for this process to live on.
  child.ref();
  // A child keeps its number until its end was reported, so these signals cannot hit another process.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    if (await settlesWithin(exited, fastStopTimeoutMs)) return;
  }
  throw new EmbeddedPostgresError(
    'stop-failed',
    `The Postgres with pid ${child.pid} of the data folder ${folder.path} does not stop: end that process.`,
  );
}

async function settlesWithin(promise: Promise<void>, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController();
  const expired = delay(timeoutMs, false, { signal: timer.signal }).catch(() => false);
  const settled = await Promise.race([promise.then(() => true), expired]);
  timer.abort();
  return settled;
}
