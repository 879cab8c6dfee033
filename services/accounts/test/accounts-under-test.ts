/** The accounts service on a real Postgres with a clock that can be moved, and clients that call it as somebody. */
import { randomUUID } from 'node:crypto';
import { AccountsServiceService, type Organization } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { CallerContexts, type Caller, type CallerRole } from '@orbisvoice/service-kit/caller-context';
import { Database } from '@orbisvoice/service-kit/database';
import { createGrpcClient, type GrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { startService, type RunningService } from '@orbisvoice/service-kit/service';
import { createServiceDatabase, type ServiceDatabase } from '@orbisvoice/testing/service-database';
import { Clock } from '../src/clock.js';
import { accountsDatabase } from '../src/database.js';
import { accountsService } from '../src/service.js';

export const INTERNAL_AUTH_SECRET = 'a-secret-for-tests-only-0123456789';
export const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;

export interface AccountsUnderTest {
  service: RunningService;
  database: ServiceDatabase;
  client: GrpcClient<typeof AccountsServiceService>;
  /** Moves the service's time of day. Callers' contexts and Postgres keep theirs. */
  advance(ms: number): void;
  /** A new organization and a member of it. */
  organization(): Promise<{ organization: Organization; member: { caller: Caller } }>;
  /** Rows as the service sees them across organizations. */
  rows(sql: string, parameters?: unknown[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export async function startAccounts(): Promise<AccountsUnderTest> {
  const database = await createServiceDatabase(accountsDatabase);
  const service = await startService(accountsService, {
    environment: {
      INTERNAL_AUTH_SECRET,
      API_KEY_JWT_SECRET: 'another-secret-for-tests-0123456789',
      LOG_LEVEL: 'silent',
      GRPC_HOST: '127.0.0.1',
      GRPC_PORT: '0',
      DATABASE_URL: database.url,
    },
  });
  const client = clientOf(service, INTERNAL_AUTH_SECRET);
  let aheadMs = 0;
  service.app.get(Clock).now = () => new Date(Date.now() + aheadMs);
  return {
    service,
    database,
    client,
    advance: (ms) => (aheadMs += ms),
    organization: async () => {
      const slug = `test-${randomUUID()}`;
      const { organization } = await client.ensureOrganization({ slug, name: 'Test' }, operator);
      return { organization: organization!, member: as('member', organization!.id) };
    },
    rows: async (sql, parameters) =>
      await service.app.get(Database).asSystem('test', async (tx) => await tx.query(sql, parameters)),
    stop: async () => {
      client.close();
      await service.stop();
      await database.stop();
    },
  };
}

export function clientOf(service: RunningService, secret: string): GrpcClient<typeof AccountsServiceService> {
  return createGrpcClient(AccountsServiceService, {
    serviceName: 'accounts',
    address: `127.0.0.1:${service.grpcPort}`,
    contexts: new CallerContexts(secret),
  });
}

export function as(role: CallerRole, organizationId?: string): { caller: Caller } {
  return { caller: { subject: `${role}:test`, roles: [role], ...(organizationId ? { organizationId } : {}) } };
}

export const operator = as('operator');
export const edge = as('edge');
