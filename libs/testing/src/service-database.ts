/** A fresh, migrated database for a service's tests, with the roles that production has: an owner and an app role. */
import { randomBytes } from 'node:crypto';
import type { DatabaseDefinition } from '@orbisvoice/service-kit/database';
import { migrate } from '@orbisvoice/service-kit/migrations';
import { Client } from 'pg';
import { startTestDatabase } from './postgres.js';

export interface ServiceDatabase {
  /** What the service connects with: a role that owns nothing and is bound by row-level security. */
  url: string;
  /** The role that owns the schema. It is no superuser, so that FORCE ROW LEVEL SECURITY binds it too. */
  ownerUrl: string;
  appRole: string;
  /** Deletes the database and its roles. Stop the service first. */
  stop(): Promise<void>;
}

/** Makes a new database (see startTestDatabase) and runs the service's migrations in it. */
export async function createServiceDatabase(definition: DatabaseDefinition): Promise<ServiceDatabase> {
  const { adminUrl, stop: stopDatabase } = await startTestDatabase();
  // Roles belong to the whole server, which other suites may be using.
  const suffix = randomBytes(6).toString('hex');
  const [owner, app] = [`orbisvoice_owner_${suffix}`, `orbisvoice_app_${suffix}`];
  const stop = async () => {
    await queryRows(adminUrl, `DROP OWNED BY ${owner}, ${app} CASCADE`);
    await queryRows(adminUrl, `DROP ROLE ${owner}, ${app}`);
    await stopDatabase();
  };
  try {
    const password = randomBytes(12).toString('hex');
    for (const role of [owner, app]) {
      await queryRows(adminUrl, `CREATE ROLE ${role} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '${password}'`);
    }
    const database = decodeURIComponent(new URL(adminUrl).pathname.slice(1));
    await queryRows(adminUrl, `GRANT CREATE ON DATABASE "${database}" TO ${owner}`);
    const ownerUrl = withRole(adminUrl, owner, password);
    await migrate({ ...definition, ownerUrl, appRole: app });
    return { url: withRole(adminUrl, app, password), ownerUrl, appRole: app, stop };
  } catch (error) {
    await stop().catch(stopDatabase);
    throw error;
  }
}

/** Runs one statement on a connection of its own: what SQL sees without the service's transaction around it. */
export async function queryRows<Row extends object = Record<string, unknown>>(
  url: string,
  sql: string,
  parameters: unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, parameters)).rows;
  } finally {
    await client.end();
  }
}

/** Tables of a schema on which row-level security is not both enabled and forced. The list of migrations needs none. */
export async function tablesWithoutForcedRowSecurity(url: string, schema: string): Promise<string[]> {
  const rows = await queryRows<{ relname: string }>(
    url,
    `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND c.relname <> 'migrations'
       AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1`,
    [schema],
  );
  return rows.map((row) => row.relname);
}

function withRole(url: string, role: string, password: string): string {
  const changed = new URL(url);
  changed.username = role;
  changed.password = password;
  return changed.toString();
}
