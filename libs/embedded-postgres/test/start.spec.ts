import { readFile, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { startEmbeddedPostgres } from '../src/embedded-postgres.js';
import { Folders, query } from './folders.js';

// Each case starts real processes, on a machine that may be busy.
jest.setTimeout(60_000);

const folders = new Folders();
afterAll(() => folders.removeAll());

describe('an embedded Postgres', () => {
  it('starts in an empty folder within 10 s, keeps its data, and starts again within 2 s', async () => {
    const dataDir = join(await folders.make(), 'not', 'there', 'yet');
    const steps: string[] = [];
    let startedAt = Date.now();
    const first = await startEmbeddedPostgres({ dataDir, onProgress: (step) => steps.push(step) });
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    expect(steps).toEqual(['Creating the database', 'Starting Postgres']);
    await first.createDatabase('orbisvoice');
    await first.createDatabase('orbisvoice');
    await query(first.superuserUrl('orbisvoice'), `create table kept as select 'ja' as text`);
    await first.stop();
    await first.stop();
    await first.exited;

    startedAt = Date.now();
    const second = await startEmbeddedPostgres({ dataDir });
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    expect(await query(second.superuserUrl('orbisvoice'), 'select text from kept')).toEqual([{ text: 'ja' }]);
    await second.stop();
  });

  it('sorts like C, knows letters beyond ASCII, and is durable unless told otherwise', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir: await folders.make(), settings: { work_mem: '8MB' } });
    const [row] = await query(
      postgres.superuserUrl(),
      `select lower('ÄÖ') as lower, 'B' < 'a' as c_order, current_setting('server_encoding') as encoding,
        current_setting('fsync') as fsync, current_setting('work_mem') as work_mem,
        current_setting('max_connections') as connections, current_setting('shared_buffers') as buffers`,
    );
    expect(row).toEqual({
      lower: 'äö',
      c_order: true,
      encoding: 'UTF8',
      fsync: 'on',
      work_mem: '8MB',
      connections: '100',
      buffers: '64MB',
    });
    await postgres.stop();
  });

  it('listens on 127.0.0.1 only and wants its random password, kept in a closed file', async () => {
    const dataDir = await folders.make();
    const settings = { listen_addresses: '*', unix_socket_directories: '/tmp' };
    const postgres = await startEmbeddedPostgres({ dataDir, settings });
    const [row] = await query(
      postgres.superuserUrl(),
      `select current_setting('listen_addresses') as door, current_setting('unix_socket_directories') as sockets`,
    );
    expect(row).toEqual({ door: '127.0.0.1', sockets: '' });

    const password = await readFile(join(dataDir, 'superuser-password'), 'utf8');
    expect(password).toMatch(/^[\w-]{32}$/);
    expect(postgres.superuserUrl()).toBe(`postgresql://postgres:${password}@127.0.0.1:${postgres.port}/postgres`);
    for (const name of ['superuser-password', 'postgres.log']) {
      expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600);
    }
    const guessed = postgres.superuserUrl().replace(password, 'postgres');
    await expect(query(guessed, 'select 1')).rejects.toThrow('password authentication failed');
    await postgres.stop();
  });

  it('uses the port it is given, and names it when it is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const dataDir = await folders.make();
    await expect(startEmbeddedPostgres({ dataDir, port, durable: false })).rejects.toMatchObject({
      kind: 'port-in-use',
      message: `Port ${port} on 127.0.0.1 is in use by another process: free it, or choose another port for Postgres.`,
    });
    await new Promise((resolve) => server.close(resolve));

    const postgres = await startEmbeddedPostgres({ dataDir, port, durable: false });
    expect(postgres.port).toBe(port);
    await postgres.stop();
  });

  it('names a setting that Postgres refuses', async () => {
    const start = startEmbeddedPostgres({ dataDir: await folders.make(), durable: false, settings: { no_such: 1 } });
    await expect(start).rejects.toThrow(/did not start .*unrecognized configuration parameter "no_such"/);
  });

  it('refuses a database name that Postgres would cut', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir: await folders.make(), durable: false });
    await expect(postgres.createDatabase('x'.repeat(64))).rejects.toThrow('1 to 63 bytes');
    await postgres.createDatabase('a "quoted" name');
    expect(await query(postgres.superuserUrl('a "quoted" name'), 'select current_database() as name')).toEqual([
      { name: 'a "quoted" name' },
    ]);
    await postgres.stop();
  });
});
