/** `npm start` as a user has it: the real script in a process of its own, on free ports, with a data folder of the test. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from './api-client.js';

const ROOT = join(import.meta.dirname, '../..');
const START_TIMEOUT_MS = 60_000;
const FREE_PORTS = {
  API_PORT: '0',
  API_GRPC_PORT: '0',
  WEB_PORT: '0',
  VOICE_GATEWAY_PORT: '0',
  SIMULATOR_PORT: '0',
  METRICS_PORT: '0',
};

export interface StandaloneOptions {
  dataDir: string;
  args?: string[];
  environment?: Record<string, string>;
  /** Default: the script. Runs below the repository, in a process group of its own, as in a terminal. */
  command?: [string, ...string[]];
}

export interface Exit {
  code: number | null;
  /** From the last `signal`. */
  afterMs: number;
}

export class StandaloneProcess {
  /** What it has written so far, standard output and error as they came. */
  output = '';
  readonly pid: number;
  private signalledAt = performance.now();
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;

  constructor(readonly options: StandaloneOptions) {
    const script = join(ROOT, 'scripts/start.mjs');
    const [file, ...args] = options.command ?? [process.execPath, script, ...(options.args ?? [])];
    const { PATH = '', HOME = '/' } = process.env;
    this.child = spawn(file, args, {
      cwd: ROOT,
      // Nothing of the test runner's own: what is set here is what a user has set.
      env: { PATH, HOME, ...FREE_PORTS, DATA_DIR: options.dataDir, ...options.environment },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.pid = this.child.pid!;
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** Resolves once the welcome is complete. */
  async ready(): Promise<this> {
    await this.says(/Ctrl-C stops it\.\n/);
    return this;
  }

  async says(text: RegExp): Promise<RegExpExecArray> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      const found = text.exec(this.output);
      if (found) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null || Date.now() > deadline) {
        throw new Error(`It never said ${text}: ${this.output}`);
      }
      await sleep(20);
    }
  }

  /** To the whole group, as the terminal does with Ctrl-C. */
  signal(signal: NodeJS.Signals): void {
    this.signalledAt = performance.now();
    process.kill(-this.pid, signal);
  }

  async exited(): Promise<Exit> {
    const code = await this.ended;
    return { code, afterMs: performance.now() - this.signalledAt };
  }

  async stop(): Promise<Exit> {
    this.signal('SIGINT');
    return await this.exited();
  }

  /** Whatever state it is in. */
  async kill(): Promise<void> {
    try {
      this.signal('SIGKILL');
    } catch {
      // It has ended.
    }
    await this.ended;
  }

  get apiUrl(): string {
    return /^ {2}API {7}(\S+)/m.exec(this.output)?.[1] ?? '';
  }

  get webUrl(): string {
    return /^ {2}Console {3}(http:\/\/[^/]+)\/sign-in#token=/m.exec(this.output)?.[1] ?? '';
  }

  get signInToken(): string {
    return /#token=(\S+)/.exec(this.output)?.[1] ?? '';
  }

  /** Signs in as the console does, makes an API key there, and acts with it. */
  async signIn(): Promise<ApiClient> {
    const headers = { origin: this.webUrl, 'content-type': 'application/json' };
    const redeemed = await fetch(`${this.apiUrl}/auth/sign-in-links/redeem`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ token: this.signInToken }),
    });
    if (!redeemed.ok) throw new Error(`The sign-in link was answered with ${redeemed.status}.`);
    const cookie = redeemed.headers.get('set-cookie')!.split(';')[0]!;
    const created = await fetch(`${this.apiUrl}/v1/api-keys`, {
      method: 'POST',
      headers: { ...headers, cookie },
      body: JSON.stringify({ name: 'tests' }),
    });
    if (!created.ok) throw new Error(`An API key was answered with ${created.status}.`);
    return new ApiClient(this.apiUrl, ((await created.json()) as { secret: string }).secret, '');
  }

  /** The same key at the address of this run. */
  as(client: ApiClient): ApiClient {
    return new ApiClient(this.apiUrl, client.apiKey, '');
  }

  async postgresPid(): Promise<number> {
    const file = join(this.options.dataDir, 'postgres/postgres/postmaster.pid');
    return Number((await readFile(file, 'utf8')).split('\n')[0]);
  }

  /** Local addresses that this process and its Postgres listen on, such as "127.0.0.1". Linux only. */
  async listeningAddresses(): Promise<string[]> {
    const sockets = new Set<string>();
    for (const pid of [this.pid, await this.postgresPid()]) {
      for (const name of await readdir(`/proc/${pid}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/${pid}/fd/${name}`).catch(() => ''))?.[1];
        if (inode) sockets.add(inode);
      }
    }
    const rows = await Promise.all(['tcp', 'tcp6', 'udp', 'udp6'].map(readSockets));
    return rows.flat().flatMap(({ address, inode }) => (sockets.has(inode) ? [address] : []));
  }
}

/** See proc(5): the second column is the local address in hexadecimal, the fourth the state (0A listens, 07 is an open UDP socket). */
async function readSockets(protocol: string): Promise<{ address: string; inode: string }[]> {
  const text = await readFile(`/proc/net/${protocol}`, 'utf8').catch(() => '');
  const rows = text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  return rows
    .filter((row) => row[3] === (protocol.startsWith('udp') ? '07' : '0A'))
    .map((row) => ({ address: toAddress(row[1]!.split(':')[0]!), inode: row[9]! }));
}

function toAddress(hex: string): string {
  if (hex.length !== 8) return `IPv6 ${hex}`;
  return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
