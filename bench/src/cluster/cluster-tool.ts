/** The machine's own Kubernetes, which is no part of this repository: it lies beside it, in ../shared/cluster. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run-command.js';

export const ROOT = join(import.meta.dirname, '../../..');
const TOOL = join(ROOT, '../shared/cluster/cluster');
/** The first time, all of Kubernetes is built from its sources. */
const INSTALL_TIMEOUT_MS = 40 * 60_000;
const START_TIMEOUT_MS = 20 * 60_000;

export function clusterTool(): string {
  if (!existsSync(TOOL))
    throw new Error('Cluster proofs need the tool for a cluster: ../shared/cluster/cluster is not there.');
  return TOOL;
}

/** One of the tool's commands, such as `image NAME`. */
export async function cluster(args: string[], timeoutMs = START_TIMEOUT_MS): Promise<string> {
  return (await run(clusterTool(), args, { timeoutMs })).stdout;
}

/** The cluster, with what autoscalers ask: what runs already is left as it is. */
export async function startCluster(print: (line: string) => void, keda: boolean): Promise<void> {
  const startedAt = performance.now();
  await cluster(['install'], INSTALL_TIMEOUT_MS);
  for (const part of ['up', 'prometheus', keda ? 'keda' : 'custom-metrics']) await cluster([part]);
  print(`cluster is up, after ${Math.round((performance.now() - startedAt) / 1000)} s`);
}

/** A program with the cluster's network around it, and the environment that leads kubectl and helm to it. */
export async function inCluster(command: string, args: string[], timeoutMs?: number): Promise<string> {
  return (await run(clusterTool(), ['in', command, ...args], timeoutMs === undefined ? {} : { timeoutMs })).stdout;
}
