/** Running a service's migrations, and the SQL that every tenant's table gets. Forward only (S0-29). */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { createDataSource, isConnectionFailure, type DatabaseDefinition } from './database.js';

export interface MigrateOptions extends DatabaseDefinition {
  /** A role that may create schemas and owns them afterwards. A direct connection, not one through PgBouncer. */
  ownerUrl: string;
  /** The role that the service itself connects as. It gets to read and write rows, nothing else. */
  appRole: string;
  /** With it the role is made when it is missing, if the owner may make roles (CREATEROLE). An existing role stays as it is. */
  appPassword?: string;
  /** How long to wait for a Postgres that is still starting. Default: not at all. */
  waitMs?: number;
}

const RETRY_MS = 500;
const DUPLICATE_ROLE = '42710';
const UNIQUE_VIOLATION = '23505';

/** Applies what is missing and returns its names. Safe to run twice at once: the second waits for the first. */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const lock = await connect(options.ownerUrl, options.waitMs ?? 0);
  try {
    await lock.query('SELECT pg_advisory_lock(hashtext($1))', [`orbisvoice.migrate.${options.schema}`]);
    await ensureAppRole(lock, options);
    await lock.query(`CREATE SCHEMA IF NOT EXISTS ${quote(options.schema)}`);
    const dataSource = createDataSource({ ...options, url: options.ownerUrl, poolSize: 2 });
    await dataSource.initialize();
    try {
      const applied = await dataSource.runMigrations({ transaction: 'each' });
      for (const statement of grants(options.schema, options.appRole)) await dataSource.query(statement);
      return applied.map((migration) => migration.name);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await lock.end();
  }
}

async function connect(url: string, waitMs: number): Promise<Client> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (!isConnectionFailure(error) || Date.now() >= deadline) throw error;
    }
    await sleep(RETRY_MS);
  }
}

/** Services share a role only if their URLs say so, and then the second finds it. */
async function ensureAppRole(client: Client, { appRole, appPassword }: MigrateOptions): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [appRole]);
  if (rowCount !== 0) return;
  const { rows } = await client.query<{ name: string; rolcreaterole: boolean; rolsuper: boolean }>(
    'SELECT rolname AS name, rolcreaterole, rolsuper FROM pg_roles WHERE rolname = current_user',
  );
  if (!appPassword) throw new Error(`The role "${appRole}" does not exist, and there is no password to make it with.`);
  if (!rows[0]?.rolcreaterole && !rows[0]?.rolsuper) {
    throw new Error(
      `The role "${appRole}" does not exist, and "${rows[0]?.name}" may not make it: make it yourself, or give the owner CREATEROLE.`,
    );
  }
  // Two services may make it at the same time: the lock is per schema.
  await client
    .query(`CREATE ROLE ${quote(appRole)} LOGIN PASSWORD ${client.escapeLiteral(appPassword)}`)
    .catch((error: { code?: string }) => {
      if (error.code !== DUPLICATE_ROLE && error.code !== UNIQUE_VIOLATION) throw error;
    });
}

function grants(schema: string, role: string): string[] {
  const [s, r] = [quote(schema), quote(role)];
  return [
    `GRANT USAGE ON SCHEMA ${s} TO ${r}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${s} TO ${r}`,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${s} TO ${r}`,
    `REVOKE INSERT, UPDATE, DELETE ON ${s}.migrations FROM ${r}`,
  ];
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/**
 * Row-level security for a table that has `organization_id`. FORCE binds the owner too. Without a setting, no row is seen.
 * `table` is schema-qualified, such as "agents.agents". `column` differs only where the row is the organization itself.
 */
export function tenantPolicy(table: string, column = 'organization_id'): string[] {
  const allowed = `${column} = NULLIF(current_setting('orbisvoice.organization_id', true), '')::uuid
    OR COALESCE(current_setting('orbisvoice.system_reason', true), '') <> ''`;
  return [
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
    `CREATE POLICY tenant ON ${table} USING (${allowed}) WITH CHECK (${allowed})`,
  ];
}
