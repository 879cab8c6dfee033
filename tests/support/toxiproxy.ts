/** A real toxiproxy-server: proxies whose connections suffer what networks do. Needs TEST_TOXIPROXY, the path of the program. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../bench/src/load/gateway-fleet.js';

/** As toxiproxy's HTTP API takes it. */
export interface Toxic {
  type: 'latency' | 'reset_peer' | 'timeout' | 'bandwidth';
  attributes: Record<string, number>;
}

type Stream = 'upstream' | 'downstream';
const BOTH: Stream[] = ['upstream', 'downstream'];

export class Toxiproxy {
  private readonly poisoned = new Map<string, Stream[]>();
  private process: ChildProcess | undefined;
  private url = '';

  async start(): Promise<void> {
    const program = process.env['TEST_TOXIPROXY'] ?? '';
    if (program === '') throw new Error('These tests need a real toxiproxy: TEST_TOXIPROXY=/path/to/toxiproxy-server.');
    const port = await freePort();
    this.process = spawn(program, ['-host', '127.0.0.1', '-port', String(port)], { stdio: 'ignore' });
    this.url = `http://127.0.0.1:${port}`;
    for (let attempt = 0; attempt < 100; attempt++) {
      if (await fetch(`${this.url}/version`).catch(() => undefined)) return;
      await sleep(50);
    }
    throw new Error('toxiproxy does not answer');
  }

  /** @returns the port to use instead of `port` */
  async between(name: string, port: number): Promise<number> {
    const upstream = `127.0.0.1:${port}`;
    const { listen } = (await this.request('POST', '/proxies', { name, listen: '127.0.0.1:0', upstream })) as {
      listen: string;
    };
    return Number(listen.split(':').at(-1));
  }

  /** Until `heal`; `downstream` is what the server sends. */
  async poison(name: string, { type, attributes }: Toxic, streams = BOTH): Promise<void> {
    this.poisoned.set(name, streams);
    for (const stream of streams)
      await this.request('POST', `/proxies/${name}/toxics`, { name: stream, type, stream, attributes });
  }

  async heal(name: string): Promise<void> {
    for (const stream of this.poisoned.get(name) ?? [])
      await this.request('DELETE', `/proxies/${name}/toxics/${stream}`);
    this.poisoned.delete(name);
  }

  async stop(): Promise<void> {
    if (!this.process) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await exited;
  }

  private async request(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await response.text();
    if (!response.ok) throw new Error(`toxiproxy: ${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
