import { tenantPolicy } from '@orbisvoice/service-kit/migrations';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAccounts1763683200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const statements = [
      ...ORGANIZATIONS,
      ...API_KEYS,
      ...SPENT_CALL_TOKENS,
      ...SIGN_IN_LINKS,
      ...SESSIONS,
      ...AUDIT_LOG,
    ];
    for (const statement of statements) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward only.');
  }
}

const ORGANIZATIONS = [
  `CREATE TABLE accounts.organizations (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    slug text NOT NULL,
    created_at timestamptz(3) NOT NULL,
    CONSTRAINT organizations_slug UNIQUE (slug)
  )`,
  // The row is the organization itself, so its own id is what the policy compares.
  ...tenantPolicy('accounts.organizations', 'id'),
];

const API_KEYS = [
  `CREATE TABLE accounts.api_keys (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES accounts.organizations (id),
    name text NOT NULL,
    secret_hmac bytea NOT NULL,
    preview text NOT NULL,
    created_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3),
    revoked_at timestamptz(3),
    last_used_at timestamptz(3),
    CONSTRAINT api_keys_secret UNIQUE (secret_hmac)
  )`,
  `CREATE INDEX api_keys_by_creation ON accounts.api_keys (organization_id, created_at DESC)`,
  ...tenantPolicy('accounts.api_keys'),
];

const SPENT_CALL_TOKENS = [
  `CREATE TABLE accounts.spent_call_tokens (
    jti uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    expires_at timestamptz(3) NOT NULL
  )`,
  `CREATE INDEX spent_call_tokens_by_expiry ON accounts.spent_call_tokens (expires_at)`,
  ...tenantPolicy('accounts.spent_call_tokens'),
];

const SIGN_IN_LINKS = [
  `CREATE TABLE accounts.sign_in_links (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES accounts.organizations (id),
    token_hmac bytea NOT NULL,
    created_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    used_at timestamptz(3),
    CONSTRAINT sign_in_links_token UNIQUE (token_hmac)
  )`,
  `CREATE INDEX sign_in_links_by_expiry ON accounts.sign_in_links (expires_at)`,
  ...tenantPolicy('accounts.sign_in_links'),
];

const SESSIONS = [
  `CREATE TABLE accounts.sessions (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES accounts.organizations (id),
    token_hmac bytea NOT NULL,
    created_at timestamptz(3) NOT NULL,
    last_seen_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    CONSTRAINT sessions_token UNIQUE (token_hmac)
  )`,
  `CREATE INDEX sessions_by_expiry ON accounts.sessions (expires_at)`,
  ...tenantPolicy('accounts.sessions'),
];

const AUDIT_LOG = [
  `CREATE TABLE accounts.audit_log (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    at timestamptz(3) NOT NULL,
    detail jsonb NOT NULL
  )`,
  `CREATE INDEX audit_log_by_time ON accounts.audit_log (organization_id, at DESC, id DESC)`,
  ...tenantPolicy('accounts.audit_log'),
  // Append-only, for the owner as well: who must erase entries has to say so by disabling the trigger.
  `CREATE FUNCTION accounts.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'accounts.audit_log is append-only';
    END $$`,
  `CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION accounts.refuse_audit_change()`,
];
