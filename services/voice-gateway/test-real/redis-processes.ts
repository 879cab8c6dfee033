/** Real Redis servers on loopback: one alone, a cluster of three masters, and a master with a replica that a sentinel watches. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const HOST = '127.0.0.1';
const SLOTS = 16_384;
const FAILOVER_AFTER_MS = 500;
const WAIT_MS = 15_000;

export class RedisProcesses {
  private readonly children: ChildProcess[] = [];

  private constructor(private readonly folder: string) {}

  static async create(): Promise<RedisProcesses> {
    return new RedisProcesses(await mkdtemp(join(tmpdir(), 'orbisvoice-redis-')));
  }

  /** One server alone. Returns the URL, without its password. */
  async startSingle(password = ''): Promise<string> {
    const port = await freePort();
    await this.launch(['--port', `${port}`, '--requirepass', password]);
    return `redis://${HOST}:${port}`;
  }

  /** That server comes back empty. */
  async flush(url: string): Promise<void> {
    const redis = new Redis(url);
    await redis.flushall();
    redis.disconnect();
  }

  /** Three masters that share the slots. Returns the URL. */
  async startCluster(): Promise<string> {
    const ports = [await freePort(), await freePort(), await freePort()];
    for (const [i, port] of ports.entries()) {
      await this.launch(['--port', `${port}`, '--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${i}.conf`]);
    }
    const nodes = ports.map((port) => new Redis({ host: HOST, port }));
    const share = Math.ceil(SLOTS / nodes.length);
    for (const [i, node] of nodes.entries()) {
      await node.call('CLUSTER', 'ADDSLOTSRANGE', i * share, Math.min((i + 1) * share, SLOTS) - 1);
      await node.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
      if (i > 0) await node.call('CLUSTER', 'MEET', HOST, ports[0]!);
    }
    for (const node of nodes) {
      await until(async () => String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
      await until(async () => String(await node.call('CLUSTER', 'INFO')).includes('cluster_known_nodes:3'));
      node.disconnect();
    }
    return `redis-cluster://${ports.map((port) => `${HOST}:${port}`).join(',')}`;
  }

  /** A master called "calls", its replica, and a sentinel. */
  async startSentinel(): Promise<{ url: string; killMaster(): Promise<void> }> {
    const [masterPort, replicaPort, sentinelPort] = [await freePort(), await freePort(), await freePort()];
    const master = await this.launch(['--port', `${masterPort}`]);
    await this.launch(['--port', `${replicaPort}`, '--replicaof', HOST, `${masterPort}`]);
    const file = join(this.folder, 'sentinel.conf');
    const settings = [
      `port ${sentinelPort}`,
      `bind ${HOST}`,
      `dir ${this.folder}`,
      `sentinel monitor calls ${HOST} ${masterPort} 1`,
      `sentinel down-after-milliseconds calls ${FAILOVER_AFTER_MS}`,
      'sentinel failover-timeout calls 5000',
    ];
    await writeFile(file, settings.join('\n'));
    await this.launch([file, '--sentinel'], 'monitor');
    const sentinel = new Redis({ host: HOST, port: sentinelPort });
    await until(async () => ((await sentinel.call('SENTINEL', 'replicas', 'calls')) as unknown[]).length === 1);
    sentinel.disconnect();
    return {
      url: `redis-sentinel://${HOST}:${sentinelPort}/calls`,
      killMaster: async () => {
        const exited = once(master, 'exit');
        master.kill('SIGKILL');
        await exited;
      },
    };
  }

  async stop(): Promise<void> {
    for (const child of this.children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  private async launch(args: string[], readyLine = 'Ready to accept connections'): Promise<ChildProcess> {
    const common = readyLine === 'monitor' ? [] : ['--bind', HOST, '--save', '', '--dir', this.folder];
    const child = spawn('redis-server', [...args, ...common], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.children.push(child);
    await new Promise<void>((resolve, reject) => {
      child.once('error', (cause) =>
        reject(new Error("redis-server is needed for this test: install Debian's redis-server", { cause })),
      );
      child.stdout!.on('data', (chunk: Buffer) => chunk.toString().includes(readyLine) && resolve());
    });
    return child;
  }
}

/** Asks until the answer is yes. What fails counts as no. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!(await condition().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`not within ${WAIT_MS} ms: ${condition}`);
    await sleep(50);
  }
}

/** A cluster's nodes talk to each other on a port that is 10,000 higher. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, HOST);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    if (port < 55_000) return port;
  }
}
