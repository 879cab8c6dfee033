/** A real nats-server for tests: started on a free port with JetStream and a token, killed and restarted at will. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const NATS_TOKEN = 'token-of-the-tests';

/** The binaries to test against: TEST_NATS_SERVERS, paths separated by colons. @throws when there is none */
export function natsBinaries(): { path: string; version: string }[] {
  const paths = (process.env['TEST_NATS_SERVERS'] ?? '').split(':').filter((path) => path !== '');
  if (paths.length === 0) {
    throw new Error(
      'These tests need a real nats-server: TEST_NATS_SERVERS=/path/to/nats-server (several: separated by colons).',
    );
  }
  return paths.map((path) => {
    const output = execFileSync(path, ['--version']).toString();
    return { path, version: /\d+\.\d+\.\d+/.exec(output)?.[0] ?? 'of unknown version' };
  });
}

export class NatsProcess {
  private readonly folder = mkdtempSync(join(tmpdir(), 'orbisvoice-nats-'));
  private process: ChildProcess | undefined;
  port = 0;

  constructor(
    private readonly binary: string,
    private readonly extraArguments: string[] = [],
  ) {}

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Again after `kill`: same port, same data. */
  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    const where = ['-a', '127.0.0.1', '-p', String(this.port), '-js', '-sd', this.folder];
    this.process = spawn(this.binary, [...where, '--auth', NATS_TOKEN, ...this.extraArguments], { stdio: 'ignore' });
    for (let attempt = 0; attempt < 200; attempt += 1) {
      if (this.process.exitCode !== null) throw new Error(`nats-server ended with ${this.process.exitCode}`);
      if (await answers(this.port)) return;
      await sleep(50);
    }
    throw new Error('nats-server does not answer');
  }

  /** SIGKILL: no goodbye to clients, nothing flushed. */
  async kill(): Promise<void> {
    const { process } = this;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, 'exit');
    process.kill('SIGKILL');
    await ended;
  }

  /** Everything the server has stored is lost. */
  wipe(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async remove(): Promise<void> {
    await this.kill();
    this.wipe();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The server greets with INFO once it takes connections. */
async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const finish = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('data', () => finish(true));
    socket.once('error', () => finish(false));
    socket.setTimeout(500, () => finish(false));
  });
}
