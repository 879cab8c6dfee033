import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@orbisvoice/service-kit/database';
import { queryRows, tablesWithoutForcedRowSecurity } from '@orbisvoice/testing/service-database';
import { as, clientOf, edge, operator, startAccounts, type AccountsUnderTest } from './accounts-under-test.js';

let accounts: AccountsUnderTest;
beforeAll(async () => {
  accounts = await startAccounts();
}, 60_000);
afterAll(async () => await accounts?.stop());

const TABLES = ['organizations', 'api_keys', 'spent_call_tokens', 'sign_in_links', 'sessions', 'audit_log'];

describe('organizations', () => {
  it('are made once per slug, also at the same moment', async () => {
    const request = { slug: `acme-${randomUUID().slice(0, 8)}`, name: 'Acme' };
    const results = await Promise.all(
      Array.from({ length: 6 }, () => accounts.client.ensureOrganization(request, operator)),
    );
    expect(results.filter((result) => result.created)).toHaveLength(1);
    expect(new Set(results.map((result) => result.organization?.id)).size).toBe(1);
    const renamed = await accounts.client.ensureOrganization({ ...request, name: 'Other' }, operator);
    expect(renamed).toMatchObject({ created: false, organization: { name: 'Acme', slug: request.slug } });
  });

  it('need a proper slug and a name', async () => {
    for (const slug of ['', 'Acme', 'a b', 'x'.repeat(64), 'ä']) {
      await expect(accounts.client.ensureOrganization({ slug, name: 'Acme' }, operator)).rejects.toMatchObject({
        kind: 'invalid_argument',
        violations: [{ field: 'slug', message: 'must have 1 to 63 lower-case letters, digits and hyphens' }],
      });
    }
    await expect(accounts.client.ensureOrganization({ slug: 'acme', name: '' }, operator)).rejects.toMatchObject({
      violations: [{ field: 'name', message: 'must have 1 to 100 characters' }],
    });
  });

  it('see themselves and nobody else', async () => {
    const one = await accounts.organization();
    const other = await accounts.organization();
    expect(await accounts.client.getOrganization({}, one.member)).toEqual({ organization: one.organization });
    const { apiKey } = await accounts.client.createApiKey({ name: 'x', expiresAt: undefined }, one.member);
    expect((await accounts.client.listApiKeys({}, other.member)).apiKeys).toEqual([]);
    await expect(accounts.client.revokeApiKey({ id: apiKey!.id }, other.member)).rejects.toMatchObject({
      kind: 'not_found',
    });
    expect((await accounts.client.listApiKeys({}, one.member)).apiKeys[0]?.revokedAt).toBeUndefined();
    const stranger = as('member', randomUUID());
    await expect(accounts.client.getOrganization({}, stranger)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(accounts.client.createApiKey({ name: 'x', expiresAt: undefined }, stranger)).rejects.toMatchObject({
      kind: 'not_found',
    });
  });
});

describe('the database', () => {
  it('shows no row of any table to a query that names no organization', async () => {
    const { member, organization } = await accounts.organization();
    await accounts.client.createApiKey({ name: 'x', expiresAt: undefined }, member);
    const callToken = await accounts.client.createCallToken(
      { agentId: randomUUID(), origin: '', draft: false },
      member,
    );
    await accounts.client.redeemCallToken({ token: callToken.token, agentId: '', origin: '' }, edge);
    const link = await accounts.client.createSignInLink({ organizationId: organization.id }, operator);
    await accounts.client.redeemSignInLink({ token: link.token }, edge);
    for (const table of TABLES) {
      expect((await accounts.rows(`SELECT 1 FROM accounts.${table}`)).length).toBeGreaterThan(0);
      expect(await queryRows(accounts.database.url, `SELECT 1 FROM accounts.${table}`)).toEqual([]);
      expect(await queryRows(accounts.database.ownerUrl, `SELECT 1 FROM accounts.${table}`)).toEqual([]);
    }
    expect(await tablesWithoutForcedRowSecurity(accounts.database.url, 'accounts')).toEqual([]);
  });

  it("shows an organization its own rows of every table and no one else's", async () => {
    const { organization } = await accounts.organization();
    await accounts.organization();
    await accounts.service.app.get(Database).withTenant(organization.id, async (tx) => {
      for (const table of TABLES) {
        const column = table === 'organizations' ? 'id' : 'organization_id';
        const rows = await tx.query(`SELECT DISTINCT ${column} AS id FROM accounts.${table}`);
        expect([[], [{ id: organization.id }]]).toContainEqual(rows);
      }
    });
  });

  it('keeps the audit log as it was written (S0-28)', async () => {
    await accounts.organization();
    for (const sql of ["UPDATE accounts.audit_log SET actor = 'nobody'", 'DELETE FROM accounts.audit_log']) {
      await expect(accounts.rows(sql)).rejects.toThrow('append-only');
    }
    await expect(queryRows(accounts.database.ownerUrl, 'TRUNCATE accounts.audit_log')).rejects.toThrow('append-only');
  });
});

describe('callers', () => {
  it('without a valid context are refused', async () => {
    const forger = clientOf(accounts.service, 'another-secret-of-thirty-two-chars');
    await expect(forger.ensureOrganization({ slug: 'x', name: 'X' }, operator)).rejects.toMatchObject({
      kind: 'unauthenticated',
    });
    forger.close();
  });
});
