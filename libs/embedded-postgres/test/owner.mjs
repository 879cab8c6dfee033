// A process that owns an embedded Postgres, for tests that end such a process in unfriendly ways. It runs the built
// package with the options given as JSON, and reports in JSON, one line each.
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../dist/embedded-postgres.js';
import { startTemporaryPostgres } from '../dist/temporary-postgres.js';

const { temporary, becomes, ...options } = JSON.parse(process.argv[2]);
const report = (line) => console.log(JSON.stringify(line));

// Only now, with everything loaded: that user may not be able to enter the clone.
if (becomes) {
  process.setgroups([]);
  process.setgid(becomes.gid);
  process.setuid(becomes.uid);
}

try {
  const steps = [];
  const postgres = temporary
    ? await startTemporaryPostgres()
    : await startEmbeddedPostgres({ ...options, onProgress: (step) => steps.push(step) });
  const lastWrite = async () => {
    // Late, so that a Postgres that had received the same signal would be gone.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const client = new Client({ connectionString: postgres.superuserUrl() });
    await client.connect();
    await client.query('create table last_write (id int)');
    await client.end();
    await postgres.stop();
    report({ event: 'stopped' });
    process.exit(0);
  };
  process.once('SIGINT', () => void lastWrite());
  setInterval(() => undefined, 1000);
  const client = new Client({ connectionString: postgres.superuserUrl() });
  await client.connect();
  const { rows } = await client.query(`select current_setting('data_directory') as folder`);
  await client.end();
  report({ event: 'ready', url: postgres.superuserUrl(), folder: rows[0].folder, steps });
} catch (error) {
  report({ event: 'failed', kind: error.kind, message: error.message });
  process.exit(1);
}
