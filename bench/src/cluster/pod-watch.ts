/** Notes when pods are told to go, when they are gone, and how each of their containers ended. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { ReleaseName } from './cluster-rig.js';

/** A pod that has left. */
export interface EndedPod {
  name: string;
  /** From the decision to stop it until it was gone. */
  goneAfterMs: number;
  /** What it had: terminationGracePeriodSeconds. */
  graceMs: number;
  /** By container; undefined where nobody has said. */
  exitCodes: Record<string, number | undefined>;
}

interface PodSeen {
  leavingSince: number | undefined;
  graceMs: number;
  exitCodes: Record<string, number | undefined>;
}

const FORMAT = [
  '{.type}',
  '{.object.metadata.name}',
  '{.object.metadata.deletionTimestamp}',
  '{.object.spec.terminationGracePeriodSeconds}',
  '{.object.status.containerStatuses[*].name}',
  // Only of those that have ended.
  '{.object.status.containerStatuses[*].state.terminated.exitCode}',
].join('{"|"}');

export class PodWatch {
  /** In the order in which they left. */
  readonly ended: EndedPod[] = [];
  private readonly pods = new Map<string, PodSeen>();
  private readonly stopWatching: () => void;

  /** Without a component: every pod of the release. */
  constructor({ namespace, fullname }: ReleaseName, component?: string) {
    const part = component === undefined ? '' : `,app.kubernetes.io/component=${component}`;
    const selector = `app.kubernetes.io/instance=${fullname}${part}`;
    const format = String.raw`jsonpath=${FORMAT}{"\n"}`;
    const args = ['-n', namespace, 'get', 'pods', '-l', selector, '--watch', '--output-watch-events', '-o', format];
    const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (line) => this.note(line));
    this.stopWatching = () => void child.kill();
  }

  /** Pods that were told to go and are still there. */
  get leaving(): string[] {
    return [...this.pods].filter(([, { leavingSince }]) => leavingSince !== undefined).map(([name]) => name);
  }

  /** Pods that are there. */
  get seen(): number {
    return this.pods.size;
  }

  stop(): void {
    this.stopWatching();
  }

  private note(line: string): void {
    const [type, name, deletionTimestamp, graceSeconds, containers = '', codes = ''] = line.split('|');
    if (!name) return;
    const seen = this.pods.get(name) ?? { leavingSince: undefined, graceMs: 0, exitCodes: {} };
    this.pods.set(name, seen);
    seen.graceMs = Number(graceSeconds) * 1000;
    if (deletionTimestamp) seen.leavingSince ??= performance.now();
    const names = containers.split(' ').filter((each) => each !== '');
    const ended = codes.split(' ').filter((each) => each !== '');
    const all = names.length === ended.length;
    seen.exitCodes = Object.fromEntries(names.map((each, i) => [each, all ? Number(ended[i]) : undefined]));
    if (type !== 'DELETED') return;
    this.pods.delete(name);
    const now = performance.now();
    const { graceMs, exitCodes } = seen;
    this.ended.push({ name, goneAfterMs: now - (seen.leavingSince ?? now), graceMs, exitCodes });
  }
}

/** Sentences about pods that were killed, or ended as if something had failed. */
export function badEnds(pods: EndedPod[]): string[] {
  return pods.flatMap(({ name, goneAfterMs, graceMs, exitCodes }) => [
    ...Object.entries(exitCodes)
      .filter(([, code]) => code !== 0)
      .map(([container, code]) => `${name}: ${container} ended with ${code ?? 'no known status'}`),
    ...(goneAfterMs > graceMs ? [`${name} took ${Math.round(goneAfterMs / 1000)} s, and had ${graceMs / 1000} s`] : []),
  ]);
}
