import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromTimestamp, toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { makeApiKeySecret } from '../src/api-keys/api-key-secret.js';
import { edge, MINUTE_MS, startAccounts, type AccountsUnderTest } from './accounts-under-test.js';

let accounts: AccountsUnderTest;
beforeAll(async () => {
  accounts = await startAccounts();
}, 60_000);
afterAll(async () => await accounts?.stop());

const refusedAs = (message: string) => ({
  kind: 'unauthenticated',
  message,
  violations: [{ field: 'secret', message }],
});

async function createKey(expiresAt?: Date) {
  const { member, organization } = await accounts.organization();
  const request = { name: 'Backend', expiresAt: expiresAt && toTimestamp(expiresAt) };
  const { apiKey, secret } = await accounts.client.createApiKey(request, member);
  return { member, organization, apiKey: apiKey!, secret };
}

describe('an API key (S0-23, S0-24)', () => {
  it('authenticates its organization, and is stored only as an HMAC', async () => {
    const { organization, apiKey, secret } = await createKey();
    expect(secret).toMatch(/^ov_live_[0-9A-Za-z]{49}$/);
    expect(apiKey.preview).toBe(`ov_live_…${secret.slice(-4)}`);
    expect(await accounts.client.authenticateApiKey({ secret }, edge)).toEqual({
      organizationId: organization.id,
      apiKeyId: apiKey.id,
    });
    const [row] = await accounts.rows('SELECT * FROM accounts.api_keys WHERE id = $1', [apiKey.id]);
    expect(row?.['secret_hmac']).toHaveLength(32);
    expect(JSON.stringify(row)).not.toContain(secret.slice(8, 30));
  });

  it('is refused with the reason when malformed, unknown, revoked or expired', async () => {
    const { client } = accounts;
    const { member, apiKey, secret } = await createKey();
    const typo = secret.slice(0, 20) + (secret[20] === 'a' ? 'b' : 'a') + secret.slice(21);
    for (const malformed of ['', 'ov_live_', typo, `${secret}x`, secret.replace('live', 'test'), `${secret}\n`]) {
      await expect(client.authenticateApiKey({ secret: malformed }, edge)).rejects.toMatchObject(
        refusedAs('The API key is malformed: part of it is missing or mistyped.'),
      );
    }
    await expect(client.authenticateApiKey({ secret: makeApiKeySecret() }, edge)).rejects.toMatchObject(
      refusedAs('The API key is not valid.'),
    );
    await client.revokeApiKey({ id: apiKey.id }, member);
    await expect(client.authenticateApiKey({ secret }, edge)).rejects.toMatchObject(
      refusedAs('The API key was revoked.'),
    );
    const short = await createKey(new Date(Date.now() + 5 * MINUTE_MS));
    accounts.advance(5 * MINUTE_MS);
    await expect(client.authenticateApiKey({ secret: short.secret }, edge)).rejects.toMatchObject(
      refusedAs('The API key has expired.'),
    );
    accounts.advance(-5 * MINUTE_MS);
  });

  it('is revoked once, and stays revoked at the time it was', async () => {
    const { member, apiKey } = await createKey();
    const first = await accounts.client.revokeApiKey({ id: apiKey.id }, member);
    const second = await accounts.client.revokeApiKey({ id: apiKey.id }, member);
    expect(first.apiKey?.revokedAt).toBeDefined();
    expect(second).toEqual(first);
    await expect(accounts.client.revokeApiKey({ id: randomUUID() }, member)).rejects.toMatchObject({
      kind: 'not_found',
    });
  });

  it('knows when it was last used, and writes that at most once a minute', async () => {
    const { member, apiKey, secret } = await createKey();
    const lastUsed = async () => {
      const { apiKeys } = await accounts.client.listApiKeys({}, member);
      const used = apiKeys[0]?.lastUsedAt;
      return used && fromTimestamp(used).getTime();
    };
    const rowVersion = async () =>
      (await accounts.rows('SELECT xmin::text FROM accounts.api_keys WHERE id = $1', [apiKey.id]))[0]?.['xmin'];
    expect(await lastUsed()).toBeUndefined();
    await accounts.client.authenticateApiKey({ secret }, edge);
    const first = await lastUsed();
    const version = await rowVersion();
    expect(first).toBeDefined();
    await Promise.all(Array.from({ length: 5 }, () => accounts.client.authenticateApiKey({ secret }, edge)));
    expect(await rowVersion()).toBe(version);
    accounts.advance(MINUTE_MS);
    await accounts.client.authenticateApiKey({ secret }, edge);
    expect(await lastUsed()).toBeGreaterThanOrEqual(first! + MINUTE_MS);
  });

  it('leaves an entry in the audit log when it is made and when it is revoked, without its secret (S0-28)', async () => {
    const { member, organization, apiKey, secret } = await createKey();
    await accounts.client.revokeApiKey({ id: apiKey.id }, member);
    await accounts.client.revokeApiKey({ id: apiKey.id }, member);
    const entries = await accounts.rows(
      `SELECT actor, action, target, detail FROM accounts.audit_log
       WHERE organization_id = $1 AND action LIKE 'api_key.%' ORDER BY at, action`,
      [organization.id],
    );
    const target = `api-key:${apiKey.id}`;
    expect(entries).toEqual([
      {
        actor: 'member:test',
        action: 'api_key.created',
        target,
        detail: { name: 'Backend', preview: apiKey.preview, expiresAt: null },
      },
      { actor: 'member:test', action: 'api_key.revoked', target, detail: { name: 'Backend', preview: apiKey.preview } },
    ]);
    expect(JSON.stringify(entries)).not.toContain(secret.slice(8, 30));
  });
});

describe('API keys', () => {
  it('are listed newest first, revoked ones included', async () => {
    const { member } = await accounts.organization();
    for (const name of ['one', 'two', 'three'])
      await accounts.client.createApiKey({ name, expiresAt: undefined }, member);
    const { apiKeys } = await accounts.client.listApiKeys({}, member);
    await accounts.client.revokeApiKey({ id: apiKeys[1]!.id }, member);
    const names = (await accounts.client.listApiKeys({}, member)).apiKeys.map((key) => [key.name, !!key.revokedAt]);
    expect(names).toEqual([
      ['three', false],
      ['two', true],
      ['one', false],
    ]);
  });

  it('are at most 100 per organization, not counting revoked ones, also when made at once', async () => {
    const { member } = await accounts.organization();
    const results = await Promise.allSettled(
      Array.from({ length: 103 }, () => accounts.client.createApiKey({ name: 'x', expiresAt: undefined }, member)),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.map((result) => result.reason.kind)).toEqual(Array(3).fill('resource_exhausted'));
    const { apiKeys } = await accounts.client.listApiKeys({}, member);
    expect(apiKeys).toHaveLength(100);
    await accounts.client.revokeApiKey({ id: apiKeys[0]!.id }, member);
    await accounts.client.createApiKey({ name: 'y', expiresAt: undefined }, member);
  });

  it('need a name, and an expiry that lies in the future', async () => {
    const { member } = await accounts.organization();
    const create = (name: string, expiresAt?: { seconds: bigint; nanos: number }) =>
      accounts.client.createApiKey({ name, expiresAt }, member);
    await expect(create(' ')).rejects.toMatchObject({
      kind: 'invalid_argument',
      violations: [{ field: 'name', message: 'must have 1 to 100 characters' }],
    });
    await expect(create('x'.repeat(101))).rejects.toMatchObject({ violations: [{ field: 'name' }] });
    await expect(create('x', { seconds: 1_700_000_000n, nanos: 0 })).rejects.toMatchObject({
      violations: [{ field: 'expires_at', message: 'must lie in the future' }],
    });
    await expect(create('x', { seconds: 10n ** 15n, nanos: 0 })).rejects.toMatchObject({
      violations: [{ field: 'expires_at', message: 'must be a time from 1970 to 9999' }],
    });
    await expect(accounts.client.revokeApiKey({ id: 'x' }, member)).rejects.toMatchObject({
      violations: [{ field: 'id', message: 'must be a UUID' }],
    });
  });
});
