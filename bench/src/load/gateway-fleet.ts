/** Several gateways in processes of their own, with a real Redis between them and a balancer in front. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, type Child } from './child.js';
import { gatewayEnvironment, type ServicesBehind } from './gateway-environment.js';
import { TcpProxy } from './tcp-proxy.js';

export interface TestRedis {
  url: string;
  /** Forgets everything, as one without persistence does at a restart. */
  restartEmpty(): Promise<void>;
  kill(): Promise<void>;
  /** Again after `kill`, on the same port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** `durable`: it has its data again after a restart. */
export async function startRedis({ durable = false } = {}): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'orbisvoice-redis-'));
  const port = await freePort();
  let process = await launch(folder, port, durable);
  const kill = async () => end(process, 'SIGKILL');
  const start = async () => {
    process = await launch(folder, port, durable);
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    restartEmpty: async () => {
      await kill();
      await rm(join(folder, 'appendonlydir'), { recursive: true, force: true });
      await start();
    },
    kill,
    start,
    stop: async () => {
      await end(process, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(folder: string, port: number, durable: boolean): Promise<ChildProcess> {
  const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const args = [...where, '--save', '', '--appendonly', durable ? 'yes' : 'no', '--appendfsync', 'always'];
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error("redis-server is needed for this test: install Debian's redis-server", { cause })),
    );
    child.stdout!.on('data', (chunk: Buffer) => chunk.toString().includes('Ready to accept connections') && resolve());
  });
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

type Gateway = Child<{ url: string }>;

/** Compiled, also when this file is run from its source. */
const GATEWAY_PROCESS = join(import.meta.dirname, '../../dist/load/gateway-process.js');

export class GatewayFleet {
  private readonly gateways: Gateway[] = [];
  private next = 0;
  private proxy!: TcpProxy;

  private constructor(
    private readonly behind: ServicesBehind,
    private readonly environment: Record<string, string>,
  ) {}

  static async start(
    behind: ServicesBehind,
    count: number,
    environment: Record<string, string>,
  ): Promise<GatewayFleet> {
    const fleet = new GatewayFleet(behind, environment);
    await fleet.fill(count);
    fleet.proxy = await TcpProxy.start(() => fleet.pick());
    return fleet;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.proxy.port}/stream`;
  }

  async add(): Promise<Gateway> {
    const environment = { ...gatewayEnvironment(this.behind), ...this.environment };
    const gateway = await startChild<{ url: string }>(GATEWAY_PROCESS, environment);
    this.gateways.push(gateway);
    return gateway;
  }

  /** Gateways that have ended are forgotten, and others are started until there are `count`. */
  async fill(count: number): Promise<void> {
    for (const gateway of this.gateways.filter(
      ({ process }) => process.exitCode !== null || process.signalCode !== null,
    ))
      this.remove(gateway);
    while (this.gateways.length < count) await this.add();
  }

  /** New connections go to the others from now on. */
  remove(gateway: Gateway): void {
    this.gateways.splice(this.gateways.indexOf(gateway), 1);
  }

  get first(): Gateway {
    return this.gateways[0]!;
  }

  get second(): Gateway {
    return this.gateways[1]!;
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await Promise.all(this.gateways.map((gateway) => gateway.stop()));
  }

  private pick(): number {
    if (this.gateways.length === 0) return 1; // nothing listens there
    const gateway = this.gateways[this.next++ % this.gateways.length]!;
    return Number(new URL(gateway.ready.url).port);
  }
}
