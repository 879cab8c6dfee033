/** Notes when pods are told to go and when they are gone. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { ReleaseName } from './cluster-rig.js';

export class PodWatch {
  /** By name, of pods that have left: from the decision to stop them until they were gone. */
  readonly goneAfterMs = new Map<string, number>();
  private readonly leavingSince = new Map<string, number>();
  private readonly stopWatching: () => void;

  constructor({ namespace, fullname }: ReleaseName, component: string) {
    const selector = `app.kubernetes.io/instance=${fullname},app.kubernetes.io/component=${component}`;
    const format = String.raw`jsonpath={.type}{" "}{.object.metadata.name}{" "}{.object.metadata.deletionTimestamp}{"\n"}`;
    const args = ['-n', namespace, 'get', 'pods', '-l', selector, '--watch', '--output-watch-events', '-o', format];
    const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (line) => this.note(line));
    this.stopWatching = () => void child.kill();
  }

  /** Pods that were told to go and are still there. */
  get leaving(): string[] {
    return [...this.leavingSince.keys()].filter((name) => !this.goneAfterMs.has(name));
  }

  stop(): void {
    this.stopWatching();
  }

  private note(line: string): void {
    const [type, name, deletionTimestamp] = line.split(' ');
    if (!name) return;
    if (deletionTimestamp && !this.leavingSince.has(name)) this.leavingSince.set(name, performance.now());
    if (type === 'DELETED')
      this.goneAfterMs.set(name, performance.now() - (this.leavingSince.get(name) ?? performance.now()));
  }
}
