/** An installed release of the chart, in a namespace of its own that enforces the Pod Security level `restricted`. */
import { rm, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './cluster-tool.js';
import type { ImageTags } from './images.js';
import { kubectl, kubectlJson, run, type CommandOutput } from './run-command.js';

const NAME = 'orbisvoice';
export const CHART = join(ROOT, 'charts/orbisvoice');
const READY_TIMEOUT_MS = 8 * 60_000;

export interface Pod {
  metadata: { name: string; uid: string; deletionTimestamp?: string; labels: Record<string, string> };
  spec: { containers: { image: string }[] };
  status: {
    phase: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: { restartCount: number }[];
  };
}

export interface Helm {
  program: string;
  /** Such as "v4.3.1". */
  version: string;
}

export class Release {
  readonly fullname = NAME;

  private constructor(
    readonly namespace: string,
    readonly tags: ImageTags,
    readonly helm: Helm,
  ) {}

  /** Removes what an earlier run may have left. */
  static async prepare(namespace: string, tags: ImageTags, helm: Helm): Promise<Release> {
    const release = new Release(namespace, tags, helm);
    await release.remove();
    await kubectl(['create', 'namespace', namespace]);
    const levels = ['enforce', 'warn', 'audit'].map((mode) => `pod-security.kubernetes.io/${mode}=restricted`);
    await kubectl(['label', 'namespace', namespace, ...levels]);
    return release;
  }

  /** The release that an earlier proof left in that namespace, or undefined. */
  static async find(namespace: string, tags: ImageTags, helm: Helm): Promise<Release | undefined> {
    const release = new Release(namespace, tags, helm);
    const { stdout } = await release.runHelm(['list', '--short']);
    return stdout.includes(NAME) ? release : undefined;
  }

  /** The chart's defaults, but for where this cluster has its images. Returns when all is ready. */
  async install(values: string[] = []): Promise<CommandOutput> {
    return await this.apply('install', values);
  }

  /** From the defaults again: `values` are all that differs. */
  async upgrade(values: string[] = [], { tag = this.tags.current, chart = CHART } = {}): Promise<CommandOutput> {
    // Helm 4 does not take back what an autoscaler has set, unless it is told to: the number of pods.
    const force = this.helm.version.startsWith('v3.') ? [] : ['--force-conflicts'];
    return await this.apply('upgrade', [...values, `image.tag=${tag}`], { flags: force, chart });
  }

  async rollback(revision: number): Promise<CommandOutput> {
    return await this.runHelm(['rollback', NAME, String(revision), '--wait', ...timeoutFlag()]);
  }

  async revision(): Promise<number> {
    const { stdout } = await this.runHelm(['list', '-o', 'json']);
    return Number((JSON.parse(stdout) as { revision: string }[])[0]!.revision);
  }

  /** @returns what the test said. @throws Error when it fails. */
  async test(): Promise<CommandOutput> {
    return await this.runHelm(['test', NAME, '--logs', ...timeoutFlag()]);
  }

  async pods(component?: string): Promise<Pod[]> {
    const selector = component === undefined ? '' : `,app.kubernetes.io/component=${component}`;
    const instance = `app.kubernetes.io/instance=${NAME}${selector}`;
    return (await kubectlJson<{ items: Pod[] }>(['-n', this.namespace, 'get', 'pods', '-l', instance])).items;
  }

  /** Every Deployment and StatefulSet, or the one of a component, has all of its pods, new ones, ready. */
  async untilReady(component?: string): Promise<void> {
    const kinds = component === undefined ? ['deployment', 'statefulset'] : [`deployment/${this.nameOf(component)}`];
    const names =
      component === undefined
        ? (await kubectl(['-n', this.namespace, 'get', kinds.join(','), '-o', 'name'])).trim().split('\n')
        : kinds;
    for (const name of names) await this.kubectl(['rollout', 'status', name, '--timeout=300s'], READY_TIMEOUT_MS);
  }

  nameOf(component: string): string {
    return `${NAME}-${component}`;
  }

  async kubectl(args: string[], timeoutMs?: number): Promise<string> {
    return await kubectl(['-n', this.namespace, ...args], timeoutMs === undefined ? {} : { timeoutMs });
  }

  /** Takes the release, its namespace and what its volumes held away. */
  async remove(): Promise<void> {
    await this.runHelm(['uninstall', NAME, '--ignore-not-found', '--wait', ...timeoutFlag()]).catch(() => undefined);
    await kubectl(['delete', 'namespace', this.namespace, '--ignore-not-found', '--timeout=120s'], {
      timeoutMs: 150_000,
    });
    await freeVolumes(this.namespace);
  }

  private async apply(
    command: 'install' | 'upgrade',
    values: string[],
    { flags = [] as string[], chart = CHART } = {},
  ): Promise<CommandOutput> {
    const all = ['image.registry=localhost', `image.tag=${this.tags.current}`, ...values];
    const args = all.flatMap((value) => ['--set', value]);
    return await this.runHelm([command, NAME, chart, ...args, ...flags, '--wait', ...timeoutFlag()]);
  }

  private async runHelm(args: string[]): Promise<CommandOutput> {
    return await run(this.helm.program, ['-n', this.namespace, ...args], { timeoutMs: READY_TIMEOUT_MS + 30_000 });
  }
}

const timeoutFlag = () => ['--timeout', `${READY_TIMEOUT_MS / 1000}s`];

interface Volume {
  metadata: { name: string };
  spec: { claimRef?: { namespace: string }; hostPath?: { path: string } };
  status: { phase: string };
}

/** Volumes are kept after their claim, with their data: they are emptied, and given free for the next one. */
async function freeVolumes(namespace: string): Promise<void> {
  const { items } = await kubectlJson<{ items: Volume[] }>(['get', 'persistentvolumes']);
  for (const { metadata, spec } of items.filter((volume) => volume.spec.claimRef?.namespace === namespace)) {
    const path = spec.hostPath?.path;
    if (path) for (const entry of await readdir(path)) await rm(join(path, entry), { recursive: true, force: true });
    const free = JSON.stringify({ spec: { claimRef: null } });
    await kubectl(['patch', 'persistentvolume', metadata.name, '--type=merge', '-p', free]);
  }
}
