/**
 * The only way to Postgres. A tenant's rows are reached through `withTenant`, which sets the organization for the length of one
 * transaction (safe behind PgBouncer in transaction mode); row-level security does the rest. What must look across tenants
 * goes through `asSystem`, which is logged. See docs/decisions/0002-tenancy-in-the-database.md.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type EntityManager, type EntityTarget, type MigrationInterface } from 'typeorm';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { DatabaseTrouble } from './database-trouble.js';
import { DomainError } from './errors.js';
import type { Health } from './health.js';
import { poolConnections } from './pool-connections.js';
import { refusedCredentials, type RefusedCredentialsError } from './refused-credentials.js';

export interface DatabaseDefinition {
  schema: string;
  entities: EntityTarget<object>[];
  /** Oldest first. Class names end in a timestamp, as TypeORM wants. */
  migrations: (new () => MigrationInterface)[];
}

export interface DatabaseAddress {
  url: string;
  /** A copy that may lag a moment behind. Undefined: the primary answers everything. */
  replicaUrl?: string | undefined;
  /** Connections to each. */
  poolSize: number;
}

/** `unavailable`: Postgres could not be reached or could not do its work. `failed`: all else that was rolled back. */
export type TransactionResult = 'ok' | 'failed' | 'unavailable';

export interface DatabaseOptions extends DatabaseDefinition, DatabaseAddress {
  log: Logger;
  onTransaction?(result: TransactionResult, durationMs: number): void;
  /** A query that succeeded, without the wait for a connection; to the millisecond. */
  onQuery?(durationMs: number): void;
}

const SERVER = 'Postgres';
const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 10_000;
const CONNECTION_LIFETIME_S = 300;
const RETRY_MS = 1_000;
const REPLICA_RETRY_MS = 5_000;

export class Database {
  private readonly dataSource: DataSource;
  private readonly replica: Replica | undefined;
  private readonly stopped = new AbortController();
  private refusal: string | undefined;
  private schemaSeen = false;
  /** Why the first connection can't be made, while it is for our credentials. */
  private refused: RefusedCredentialsError | undefined;
  private readonly trouble = new DatabaseTrouble();

  constructor(private readonly options: DatabaseOptions) {
    this.dataSource = createDataSource(options);
    if (options.replicaUrl !== undefined) this.replica = new Replica(options, options.replicaUrl);
  }

  /** Connects, in the background from the second try on, so that a service may start before its database. */
  async start(health: Health): Promise<void> {
    health.add({ name: 'postgres', check: () => this.check() });
    // Of its own, so that a service which starts meanwhile takes traffic: it can still read.
    health.add({ name: 'postgres_writes', neededToStart: false, check: async () => this.trouble.check() });
    this.replica?.start(health);
    if (!(await this.tryConnect())) void this.keepConnecting();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.replica?.stop();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  /** Of this process's connections. */
  get poolUse(): { inUse: number; waiting: number; capacity: number } {
    const capacity = this.options.poolSize;
    if (!this.dataSource.isInitialized) return { inUse: 0, waiting: 0, capacity };
    const { master } = this.dataSource.driver as unknown as { master: Pool };
    return { inUse: master.totalCount - master.idleCount, waiting: master.waitingCount, capacity };
  }

  /** Runs `work` in one transaction that sees this organization's rows and no others. */
  async withTenant<T>(organizationId: string, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return await this.transaction('orbisvoice.organization_id', organizationId, work);
  }

  /**
   * The same for work that only reads and may see what was true a moment ago: on the replica where there is one that answers, else on
   * the primary. `work` may run twice.
   */
  async readTenant<T>(organizationId: string, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    const replica = await this.replica?.ready();
    if (replica) {
      try {
        return await inTransaction(replica, 'orbisvoice.organization_id', organizationId, work);
      } catch (error) {
        // A replica also cancels queries that stand in the way of what it has to apply.
        if (!isConnectionFailure(error) && codeOf(error) !== '40001') throw error;
        this.replica?.failed(error);
      }
    }
    return await this.withTenant(organizationId, work);
  }

  /** Runs `work` in one transaction that sees every organization's rows. `reason` is logged; keep it a constant. */
  async asSystem<T>(reason: string, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    this.options.log.debug({ reason }, 'database access across organizations');
    return await this.transaction('orbisvoice.system_reason', reason, work);
  }

  private async transaction<T>(setting: string, value: string, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    if (this.refusal !== undefined)
      throw new DomainError('unavailable', 'The database is not set up as it must be.', { cause: this.refusal });
    if (!this.dataSource.isInitialized)
      throw new DomainError('unavailable', 'The database is not connected yet.', { retryAfterMs: 1_000 });
    const startedAt = performance.now();
    let result: TransactionResult = 'ok';
    try {
      return await inTransaction(this.dataSource, setting, value, work);
    } catch (error) {
      const refused = refusedCredentials(SERVER, 'DATABASE_URL', error);
      const trouble = this.trouble.seen(error);
      result = refused || trouble || isConnectionFailure(error) ? 'unavailable' : 'failed';
      if (refused) {
        this.options.log.error({ err: error }, refused.message);
        throw new DomainError('unavailable', 'The database refuses this service.', { cause: refused });
      }
      if (trouble) {
        // Not the error itself: it may have the query's values with it.
        if (trouble.line !== undefined) this.options.log.error({ code: trouble.code }, trouble.line);
        throw trouble.error;
      }
      if (result === 'unavailable') {
        throw new DomainError('unavailable', "The database can't be reached at the moment.", {
          cause: error,
          retryAfterMs: 1_000,
        });
      }
      throw error;
    } finally {
      this.options.onTransaction?.(result, performance.now() - startedAt);
    }
  }

  private async check(): Promise<void> {
    if (this.refusal !== undefined) throw new Error(this.refusal);
    if (!this.dataSource.isInitialized) throw this.refused ?? new Error('Postgres is not connected yet');
    try {
      if (this.schemaSeen) await this.dataSource.query('SELECT 1');
      else await this.checkSchema();
    } catch (error) {
      const refused = refusedCredentials(SERVER, 'DATABASE_URL', error);
      if (refused) throw refused;
      if (isConnectionFailure(error)) throw new Error("Postgres can't be reached at the moment", { cause: error });
      throw error;
    }
  }

  /** A pod takes traffic only once the schema that it needs is there. */
  private async checkSchema(): Promise<void> {
    const missing = await missingMigrations(this.dataSource, this.options);
    if (missing.length > 0)
      throw new Error(`schema ${this.options.schema} lacks ${missing.join(', ')}: run the migrations`);
    this.schemaSeen = true;
  }

  private async keepConnecting(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      await sleep(RETRY_MS, undefined, { signal: this.stopped.signal }).catch(() => undefined);
      if (this.stopped.signal.aborted || (await this.tryConnect())) return;
    }
  }

  private async tryConnect(): Promise<boolean> {
    try {
      if (!this.dataSource.isInitialized) await connect(this.dataSource, this.options);
      this.refusal = await unsafeRole(this.dataSource);
    } catch (error) {
      const refused = refusedCredentials(SERVER, 'DATABASE_URL', error);
      if (!refused) this.options.log.warn({ err: error }, 'no connection to Postgres, trying again');
      else if (refused.message !== this.refused?.message) this.options.log.error({ err: error }, refused.message);
      this.refused = refused;
      return false;
    }
    if (this.refusal !== undefined) this.options.log.fatal(this.refusal);
    return true;
  }
}

/** The second connection pool. It is used once it answers, and again a while after it did not. */
class Replica {
  private readonly dataSource: DataSource;
  private connecting: Promise<unknown> | undefined;
  private retryAt = 0;
  private refused: RefusedCredentialsError | undefined;

  constructor(
    private readonly options: DatabaseOptions,
    url: string,
  ) {
    this.dataSource = createDataSource({ ...options, url });
  }

  start(health: Health): void {
    health.add({
      name: 'postgres_replica',
      neededToStart: false,
      check: async () => {
        if (!(await this.ready()))
          throw this.refused ?? new Error('The read replica does not answer: the primary does its work');
        await this.dataSource.query('SELECT 1');
      },
    });
  }

  /** Undefined while it is away. Does not wait longer than a connection takes. */
  async ready(): Promise<DataSource | undefined> {
    if (Date.now() < this.retryAt) return undefined;
    if (!this.dataSource.isInitialized) {
      this.connecting ??= connect(this.dataSource, this.options)
        .catch((error: unknown) => this.failed(error))
        .finally(() => (this.connecting = undefined));
      await this.connecting;
    }
    return this.dataSource.isInitialized && Date.now() >= this.retryAt ? this.dataSource : undefined;
  }

  failed(error: unknown): void {
    this.retryAt = Date.now() + REPLICA_RETRY_MS;
    this.refused = refusedCredentials('The read replica', 'DATABASE_REPLICA_URL', error);
    if (this.refused) this.options.log.error({ err: error }, this.refused.message);
    else this.options.log.warn({ err: error }, 'the read replica does not answer: the primary does its work');
  }

  async stop(): Promise<void> {
    await this.connecting;
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}

/** With the setting that row-level security goes by. It ends with the transaction, so it is safe behind PgBouncer. */
async function inTransaction<T>(
  dataSource: DataSource,
  setting: string,
  value: string,
  work: (tx: EntityManager) => Promise<T>,
): Promise<T> {
  return await dataSource.transaction(async (tx) => {
    await tx.query('SELECT set_config($1, $2, true)', [setting, value]);
    return await work(tx);
  });
}

export function createDataSource(options: Omit<DatabaseOptions, 'log'>): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    schema: options.schema,
    entities: options.entities as (new () => object)[],
    migrations: options.migrations,
    migrationsTableName: 'migrations',
    applicationName: `orbisvoice-${options.schema}`,
    poolErrorHandler: () => undefined, // an idle connection that breaks is replaced; a query that meets it says so
    extra: {
      Client: poolConnections(),
      max: options.poolSize,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      maxLifetimeSeconds: CONNECTION_LIFETIME_S,
      idleTimeoutMillis: 30_000,
    },
  });
}

async function connect(dataSource: DataSource, { onQuery }: DatabaseOptions): Promise<void> {
  await dataSource.initialize();
  // Its own list of them is for classes alone.
  dataSource.subscribers.push({
    afterQuery: ({ success, executionTime }) => {
      if (success && executionTime !== undefined) onQuery?.(executionTime);
    },
  });
}

async function missingMigrations(dataSource: DataSource, definition: DatabaseDefinition): Promise<string[]> {
  const known = await dataSource.query('SELECT to_regclass($1) AS name', [`${definition.schema}.migrations`]);
  const rows: { name: string }[] = known[0]?.name
    ? await dataSource.query(`SELECT name FROM "${definition.schema}".migrations`)
    : [];
  const applied = new Set(rows.map((row) => row.name));
  return definition.migrations.map((migration) => migration.name).filter((name) => !applied.has(name));
}

/** Row-level security does not bind superusers and BYPASSRLS roles, so a service refuses to work as one. */
async function unsafeRole(dataSource: DataSource): Promise<string | undefined> {
  const [role] = await dataSource.query(
    'SELECT current_user AS name, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user',
  );
  if (!role?.rolsuper && !role?.rolbypassrls) return undefined;
  return `DATABASE_URL uses the role "${role.name}", which is not bound by row-level security: use one without SUPERUSER and BYPASSRLS`;
}

function codeOf(error: unknown): unknown {
  return ((error as { driverError?: unknown } | undefined)?.driverError as { code?: unknown } | undefined)?.code;
}

export function isConnectionFailure(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') {
    return (
      /^(08|57P)/.test(code) ||
      ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN'].includes(code)
    );
  }
  return (
    typeof message === 'string' &&
    /timeout exceeded when trying to connect|Connection terminated|Query read timeout/i.test(message)
  );
}

/** True for a violation of a unique constraint, optionally of one by name. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const { code, constraint: found } = ((error as { driverError?: unknown })?.driverError ?? error ?? {}) as {
    code?: string;
    constraint?: string;
  };
  return code === '23505' && (constraint === undefined || found === constraint);
}
