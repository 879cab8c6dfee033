/** Roles, database and schemas for all services in one Postgres: an owner that migrates, and per service a role that only works. */
import { Client } from 'pg';
import { accountsDatabase } from '@orbisvoice/accounts/database';
import { agentsDatabase } from '@orbisvoice/agents/database';
import type { DatabaseDefinition } from '@orbisvoice/service-kit/database';
import { migrate } from '@orbisvoice/service-kit/migrations';
import { toolsDatabase } from '@orbisvoice/tools/database';
import { transcriptsDatabase } from '@orbisvoice/transcripts/database';

const DEFINITIONS: DatabaseDefinition[] = [accountsDatabase, agentsDatabase, toolsDatabase, transcriptsDatabase];
const OWNER = 'orbisvoice_owner';

/** `superuserUrl` names the database to set up. Returns each schema's URL for its service. Safe to repeat. */
export async function setUpDatabase(superuserUrl: string, password: string): Promise<Record<string, string>> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const database = decodeURIComponent(new URL(superuserUrl).pathname.slice(1));
    await ensureRole(client, OWNER, password);
    await client.query(`GRANT CREATE ON DATABASE ${client.escapeIdentifier(database)} TO ${OWNER}`);
    for (const { schema } of DEFINITIONS) await ensureRole(client, roleOf(schema), password);
  } finally {
    await client.end();
  }
  const urls: Record<string, string> = {};
  for (const definition of DEFINITIONS) {
    const appRole = roleOf(definition.schema);
    await migrate({ ...definition, ownerUrl: withRole(superuserUrl, OWNER, password), appRole });
    urls[definition.schema] = withRole(superuserUrl, appRole, password);
  }
  return urls;
}

function roleOf(schema: string): string {
  return `orbisvoice_${schema}`;
}

async function ensureRole(client: Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
  await client.query(`${verb} ROLE ${role} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD ${client.escapeLiteral(password)}`);
}

function withRole(url: string, role: string, password: string): string {
  const changed = new URL(url);
  changed.username = role;
  changed.password = password;
  return changed.href;
}
