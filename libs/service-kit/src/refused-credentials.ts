/**
 * The one place that tells a server that refuses our credentials from one that can't be reached: the first waits for somebody to change a
 * Secret, the second mends itself.
 */

/** What a check throws then. Its sentence names the variable that holds the credentials, never what is in it. */
export class RefusedCredentialsError extends Error {
  constructor(server: string, variable: string, cause: unknown) {
    super(`${server} refuses the credentials of ${variable}: ${wordsOf(cause)}`, { cause });
  }
}

/** Postgres: invalid password, invalid authorization (no such role, no line for it in pg_hba.conf). */
const POSTGRES_CODES = ['28P01', '28000'];
/** PgBouncer has no code of its own for it, and passes on what Postgres has told it. pg speaks of a password that is not there. */
const POSTGRES_WORDS =
  /password authentication failed|SASL|no such user|no pg_hba\.conf entry|role "[^"]*" does not exist/i;
/** From one server, or as a Sentinel's or a cluster's last word. */
const REDIS_WORDS = /\b(NOAUTH|WRONGPASS|NOPERM)\b|ERR invalid password/;
const NATS_WORDS = /authorization violation|authentication (expired|timeout|revoked)|user authentication/i;
const DEEPEST_CAUSE = 5;

/** The refusal among an error and its causes, if there is one: as a sentence for health and log. */
export function refusedCredentials(
  server: string,
  variable: string,
  error: unknown,
): RefusedCredentialsError | undefined {
  for (let [found, depth] = [error, 0]; found instanceof Error && depth < DEEPEST_CAUSE; depth++) {
    if (found instanceof RefusedCredentialsError) return found;
    if (isRefusal(found)) return new RefusedCredentialsError(server, variable, found);
    found = causeOf(found);
  }
  return undefined;
}

/** TypeORM and ioredis have names of their own for it. */
function causeOf(error: Error & { driverError?: unknown; lastNodeError?: unknown }): unknown {
  return error.cause ?? error.driverError ?? error.lastNodeError;
}

function isRefusal(error: Error): boolean {
  if (POSTGRES_CODES.includes(String((error as { code?: unknown }).code))) return true;
  return [POSTGRES_WORDS, REDIS_WORDS, NATS_WORDS].some((words) => words.test(error.message));
}

const MAX_WORDS_LENGTH = 200;

function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return words.replaceAll(/\s+/g, ' ').slice(0, MAX_WORDS_LENGTH);
}
