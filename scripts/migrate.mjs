// `npm run migrate`: every service's migrations, forward only (S0-29). Built services needed: `npm run build` first.
// MIGRATION_DATABASE_URL: a role that may create schemas, on a direct connection.
// DATABASE_URL, or per service such as AGENTS_DATABASE_URL: the role that the service itself uses, which is given its rights, and made if it is
// missing and the first one has CREATEROLE.
import { migrate } from '@orbisvoice/service-kit/migrations';
import { accountsDatabase } from '@orbisvoice/accounts/database';
import { agentsDatabase } from '@orbisvoice/agents/database';
import { toolsDatabase } from '@orbisvoice/tools/database';
import { transcriptsDatabase } from '@orbisvoice/transcripts/database';

// As process 1 of a container it would not be ended by a signal that nobody handles. What is not committed is rolled back.
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(143));

/** For a Postgres that starts at the same time. */
const WAIT_MS = 60_000;

const ownerUrl = process.env.MIGRATION_DATABASE_URL;
const problems =
  ownerUrl && URL.canParse(ownerUrl)
    ? []
    : ['MIGRATION_DATABASE_URL must be the URL of a role that may create schemas.'];
const jobs = [accountsDatabase, agentsDatabase, toolsDatabase, transcriptsDatabase].map((definition) => {
  const variable = `${definition.schema.toUpperCase()}_DATABASE_URL`;
  const url = process.env[variable] || process.env.DATABASE_URL;
  const { username, password } = url && URL.canParse(url) ? new URL(url) : { username: '', password: '' };
  const appRole = decodeURIComponent(username);
  if (appRole === '')
    problems.push(
      `${variable} or DATABASE_URL must be a URL that names the role which ${definition.schema} connects as.`,
    );
  else if (ownerUrl && appRole === decodeURIComponent(new URL(ownerUrl).username)) {
    problems.push(
      `${variable} or DATABASE_URL must use another role than MIGRATION_DATABASE_URL: a service must not own its tables.`,
    );
  }
  return { definition, appRole, appPassword: decodeURIComponent(password) };
});
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(78);
}
for (const { definition, ...role } of jobs) {
  const applied = await migrate({ ...definition, ownerUrl, ...role, waitMs: WAIT_MS });
  console.log(`${definition.schema}: ${applied.length === 0 ? 'nothing to do' : applied.join(', ')}`);
}
