/** A real PgBouncer in transaction mode on loopback, in front of a test's database. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PgBouncer {
  /** The database's URL through PgBouncer. */
  url: string;
  stop(): Promise<void>;
}

export interface PgBouncerOptions {
  /** Connections to Postgres, which all clients share. */
  poolSize: number;
  /** Given: clients must use TLS. */
  tls?: { key: string; cert: string };
}

export async function startPgBouncer(databaseUrl: string, options: PgBouncerOptions): Promise<PgBouncer> {
  const target = new URL(databaseUrl);
  const database = target.pathname.slice(1);
  const folder = await mkdtemp(join(tmpdir(), 'orbisvoice-pgbouncer-'));
  const port = await freePort();
  const settings = [
    '[databases]',
    `${database} = host=${target.hostname} port=${target.port} dbname=${database} user=${target.username} password=${target.password}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    `default_pool_size = ${options.poolSize}`,
    'max_client_conn = 200',
  ];
  if (options.tls) {
    for (const [name, text] of Object.entries(options.tls)) await writeFile(join(folder, name), text);
    settings.push(
      'client_tls_sslmode = require',
      `client_tls_key_file = ${join(folder, 'key')}`,
      `client_tls_cert_file = ${join(folder, 'cert')}`,
    );
  }
  const file = join(folder, 'pgbouncer.ini');
  await writeFile(file, settings.join('\n'));
  await chmod(folder, 0o755);
  // It refuses to work as root.
  const asUser = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn('pgbouncer', [...asUser, file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error("pgbouncer is needed for this test: install Debian's pgbouncer", { cause })),
    );
    child.once('exit', () => reject(new Error(`pgbouncer ended:\n${output}`)));
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('process up')) resolve();
    });
  });
  target.hostname = '127.0.0.1';
  target.port = String(port);
  return {
    url: target.href,
    stop: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
