/**
 * A proof on a cluster, in two processes: the one that was started makes images and cluster ready, another one with the cluster's
 * network around it installs the release and measures. `--keep` leaves the release for the next proof, which then need not install it.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { Proof, ProofOptions, ProofResult } from '../proof.js';
import { clusterTool, ROOT, startCluster } from './cluster-tool.js';
import { prepareImages, type ImageTags } from './images.js';
import { Release, type Helm } from './release.js';
import { run } from './run-command.js';

export interface ClusterProofDefinition {
  name: string;
  title: string;
  /** From here on it is given up. */
  maxMinutes: number;
  /** It installs the release itself, since that is what it measures. */
  installs?: true;
  measure(release: Release, options: ProofOptions): Promise<ProofResult>;
}

export interface ClusterProof extends Proof {
  runInside(options: ProofOptions, tags: ImageTags): Promise<ProofResult>;
}

const NAMESPACE = 'orbisvoice-proof';
const INSIDE = join(ROOT, 'bench/dist/cluster/inside.js');
const CLEAN_UP_MS = 5 * 60_000;
const RESULT = 'result ';

export function clusterProof(definition: ClusterProofDefinition): ClusterProof {
  const { name, title } = definition;
  return {
    name,
    title,
    run: async (options) => {
      await startCluster(options.print, options.args.includes('--keda'));
      const tags = await prepareImages(options.print);
      return await measureInside(definition, options, tags);
    },
    runInside: async (options, tags) => {
      const keep = options.args.includes('--keep');
      const helm = await findHelm(options.args);
      const kept = keep && !definition.installs ? await Release.find(NAMESPACE, tags, helm) : undefined;
      const release = kept ?? (await Release.prepare(NAMESPACE, tags, helm));
      const removed = onStop(() => release.remove());
      try {
        if (!kept && !definition.installs) await release.install();
        const result = await definition.measure(release, options);
        const variant = variantOf(options.args, helm.version);
        return { ...result, ...variant, details: { ...result.details, helm: helm.version } };
      } catch (error) {
        options.print(await describeState(release));
        throw error;
      } finally {
        if (!keep) await removed();
      }
    },
  };
}

/** The cluster's own, Helm 4, or the one of `--helm=PATH`. */
async function findHelm(args: readonly string[]): Promise<Helm> {
  const program = args.find((arg) => arg.startsWith('--helm='))?.slice('--helm='.length) ?? 'helm';
  const { stdout } = await run(program, ['version', '--template', '{{.Version}}']);
  return { program, version: stdout.trim() };
}

/** What distinguishes this run from the usual one, in its name. */
function variantOf(args: readonly string[], helmVersion: string): { variant?: string } {
  const parts = [
    ...(helmVersion.startsWith('v3.') ? ['helm-3'] : []),
    ...(args.includes('--external') ? ['external-stores'] : []),
    ...(args.includes('--tls') ? ['tls'] : []),
    ...(args.includes('--keda') ? ['keda'] : []),
  ];
  return parts.length === 0 ? {} : { variant: parts.join('-') };
}

/** For whoever wants to know why it failed, before everything is taken away. */
async function describeState(release: Release): Promise<string> {
  const asked = [
    ['get', 'pods', '-o', 'wide'],
    ['get', 'events', '--field-selector', 'type=Warning', '--sort-by', '.lastTimestamp'],
  ];
  const answers = await Promise.all(asked.map((args) => release.kubectl(args).catch(String)));
  return answers.map((answer) => answer.split('\n').slice(-30).join('\n')).join('\n');
}

/** `cleanUp` runs once: when it is called, or when this process is told to stop, which it then does. */
function onStop(cleanUp: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  const once = () => (running ??= cleanUp());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void once().finally(() => process.exit(1));
    });
  }
  return once;
}

async function measureInside(
  { name, maxMinutes }: ClusterProofDefinition,
  { args, print }: ProofOptions,
  tags: ImageTags,
): Promise<ProofResult> {
  // A process group of its own: the tool's shell in between does not pass signals on.
  const command = ['in', process.execPath, '--no-warnings', INSIDE, JSON.stringify(tags), name, ...args];
  const child = spawn(clusterTool(), command, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const stop = (signal: NodeJS.Signals) => process.kill(-child.pid!, signal);
  const forward = () => stop('SIGTERM');
  const timers = [
    setTimeout(forward, maxMinutes * 60_000),
    setTimeout(() => stop('SIGKILL'), maxMinutes * 60_000 + CLEAN_UP_MS),
  ];
  process.on('SIGTERM', forward).on('SIGINT', forward);
  try {
    let result: ProofResult | undefined;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith(RESULT)) result = JSON.parse(line.slice(RESULT.length)) as ProofResult;
      else print(line);
    });
    const status = await new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
    if (!result)
      throw new Error(`${name} ended with ${String(status)} and without a result (its limit is ${maxMinutes} min).`);
    return result;
  } finally {
    for (const timer of timers) clearTimeout(timer);
    process.off('SIGTERM', forward).off('SIGINT', forward);
  }
}

/** How the inner process tells its result. */
export function tellResult(result: ProofResult): void {
  console.log(`${RESULT}${JSON.stringify(result)}`);
}
