/** Running a service's migrations, and the SQL that every tenant's table gets. Forward only (S0-29). */
import { Client } from 'pg';
import { createDataSource, type DatabaseDefinition } from './database.js';

export interface MigrateOptions extends DatabaseDefinition {
  /** A role that may create schemas and owns them afterwards. A direct connection, not one through PgBouncer. */
  ownerUrl: string;
  /** The role that the service itself connects as. It gets to read and write rows, nothing else. */
  appRole: string;
}

/** Applies what is missing and returns its names. Safe to run twice at once: the second waits for the first. */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const lock = new Client({ connectionString: options.ownerUrl });
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock(hashtext($1))', [`orbisvoice.migrate.${options.schema}`]);
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
