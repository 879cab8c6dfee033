import { Client } from 'pg';

const connectTimeoutMs = 10_000;
const queryTimeoutMs = 60_000;

/** Creates a database, unless it exists. `adminUrl` is a connection URL of a role that may do so. */
export async function createDatabase(adminUrl: string, name: string): Promise<void> {
  await query(adminUrl, `CREATE DATABASE ${quoteIdentifier(name)}`).catch((error: { code?: string }) => {
    if (error.code !== '42P04') throw error; // duplicate_database
  });
}

/** Drops a database if it exists and ends the connections to it. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await query(adminUrl, `DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
}

/** The same server, role and options as `url`, with another database. */
export function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(name)}`;
  return changed.toString();
}

async function query(adminUrl: string, sql: string): Promise<void> {
  const client = new Client({
    connectionString: adminUrl,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
  });
  // A connection that breaks also rejects the query; without a listener it would end the process instead.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function quoteIdentifier(name: string): string {
  if (name === '' || name.includes('\0') || Buffer.byteLength(name) > 63) {
    throw new Error(`A database name has 1 to 63 bytes, none of them zero: ${JSON.stringify(name)}`);
  }
  return `"${name.replaceAll('"', '""')}"`;
}
