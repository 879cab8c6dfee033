/** A service as it is deployed: its own process, its own ports, killed and started again at will. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const PROBE_TIMEOUT_MS = 4_000;

export interface HealthReport {
  status: 'ok' | 'degraded' | 'unavailable';
  checks: Record<string, { status: 'ok' | 'failed'; detail?: string }>;
}

export class ServiceProcess {
  private process: ChildProcess | undefined;

  constructor(
    readonly name: string,
    private readonly metricsPort: number,
    private readonly environment: Record<string, string>,
  ) {}

  /** Again after `kill`, on the same ports. Resolves once it is ready. */
  async start(): Promise<void> {
    const main = join(import.meta.dirname, `../../services/${this.name}/dist/main.js`);
    this.process = spawn(process.execPath, ['--no-warnings', main], {
      env: {
        PATH: process.env['PATH'],
        LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
        METRICS_HOST: '127.0.0.1',
        METRICS_PORT: String(this.metricsPort),
        ...this.environment,
      },
      stdio: ['ignore', process.env['TEST_LOG_LEVEL'] ? 'inherit' : 'ignore', 'inherit'],
    });
    for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(50)) {
      if (this.process.exitCode !== null) throw new Error(`${this.name} ended with ${this.process.exitCode}`);
      const health = await this.health().catch(() => undefined);
      if (health && health.status !== 'unavailable') return;
    }
    throw new Error(`${this.name} did not get ready: ${JSON.stringify(await this.health().catch(String))}`);
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** What `/readyz` says. */
  async health(): Promise<HealthReport> {
    return (await (await this.probe('/readyz')).json()) as HealthReport;
  }

  /** What the metrics say of a dependency: 1 it answers, 0 it does not. */
  async dependencyUp(dependency: string): Promise<number | undefined> {
    const line = (await (await this.probe('/metrics')).text())
      .split('\n')
      .find((each) => /^orbisvoice_\w+_dependency_up\{/.test(each) && each.includes(`dependency="${dependency}"`));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  }

  private async probe(path: string): Promise<Response> {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    return await fetch(`http://127.0.0.1:${this.metricsPort}${path}`, { signal });
  }

  private async end(how: NodeJS.Signals): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(how);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }
}
