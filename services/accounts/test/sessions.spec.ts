import { randomUUID } from 'node:crypto';
import { afterEach, afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromTimestamp } from '@orbisvoice/service-kit/timestamps';
import { ExpiredCredentialsPurge } from '../src/credentials/expired-credentials-purge.js';
import { as, DAY_MS, edge, operator, startAccounts, type AccountsUnderTest } from './accounts-under-test.js';

let accounts: AccountsUnderTest;
let aheadMs = 0;
beforeAll(async () => {
  accounts = await startAccounts();
}, 60_000);
afterAll(async () => await accounts?.stop());
afterEach(() => advance(-aheadMs));

function advance(ms: number): void {
  aheadMs += ms;
  accounts.advance(ms);
}

const refusedAs = (field: string, message: string) => ({
  kind: 'unauthenticated',
  message,
  violations: [{ field, message }],
});

async function link() {
  const { organization } = await accounts.organization();
  const { token, expiresAt } = await accounts.client.createSignInLink({ organizationId: organization.id }, operator);
  return { token, expiresAt: fromTimestamp(expiresAt!), organizationId: organization.id };
}

async function signIn() {
  const { token, organizationId } = await link();
  const { sessionToken, expiresAt } = await accounts.client.redeemSignInLink({ token }, edge);
  return { sessionToken, organizationId, expiresAt: fromTimestamp(expiresAt!) };
}

const createLink = (organizationId: string) => accounts.client.createSignInLink({ organizationId }, operator);
const authenticate = (sessionToken: string) => accounts.client.authenticateSession({ sessionToken }, edge);

describe('a sign-in link', () => {
  it('opens a session, once, also when used many times at the same moment', async () => {
    const { token } = await link();
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => accounts.client.redeemSignInLink({ token }, edge)),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(7);
    for (const { reason } of refused) {
      expect(reason).toMatchObject(refusedAs('token', 'The sign-in link was already used.'));
    }
  });

  it('is valid for 24 h', async () => {
    const { token, expiresAt } = await link();
    expect(Math.abs(expiresAt.getTime() - Date.now() - DAY_MS)).toBeLessThan(5_000);
    advance(DAY_MS);
    await expect(accounts.client.redeemSignInLink({ token }, edge)).rejects.toMatchObject(
      refusedAs('token', 'The sign-in link has expired.'),
    );
  });

  it('is refused when nobody made it', async () => {
    for (const token of ['', 'x', 'A'.repeat(43), 'A'.repeat(10_000)]) {
      await expect(accounts.client.redeemSignInLink({ token }, edge)).rejects.toMatchObject(
        refusedAs('token', 'The sign-in link is not valid.'),
      );
    }
  });

  it('is made for an organization that exists', async () => {
    await expect(createLink(randomUUID())).rejects.toMatchObject({ kind: 'not_found' });
    await expect(createLink('x')).rejects.toMatchObject({
      violations: [{ field: 'organization_id', message: 'must be a UUID' }],
    });
  });

  it('leaves entries in the audit log when it is made and used (S0-28)', async () => {
    const { organizationId } = await signIn();
    const entries = await accounts.rows(
      'SELECT actor, action FROM accounts.audit_log WHERE organization_id = $1 ORDER BY at',
      [organizationId],
    );
    expect(entries).toEqual([
      { actor: 'operator:test', action: 'organization.created' },
      { actor: 'operator:test', action: 'sign_in_link.created' },
      { actor: expect.stringMatching(/^sign-in-link:/), action: 'session.opened' },
    ]);
  });
});

describe('a session', () => {
  it('says whose it is, and is stored only as an HMAC', async () => {
    const { sessionToken, organizationId, expiresAt } = await signIn();
    const session = await authenticate(sessionToken);
    expect(session).toMatchObject({ organizationId });
    expect(fromTimestamp(session.expiresAt!)).toEqual(expiresAt);
    const rows = await accounts.rows('SELECT * FROM accounts.sessions WHERE id = $1', [session.sessionId]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(sessionToken);
  });

  it('ends after 7 days without use', async () => {
    const { sessionToken } = await signIn();
    advance(6 * DAY_MS);
    await authenticate(sessionToken);
    advance(6 * DAY_MS);
    await authenticate(sessionToken);
    advance(7 * DAY_MS);
    await expect(authenticate(sessionToken)).rejects.toMatchObject(
      refusedAs('session_token', 'The session has expired.'),
    );
  });

  it('ends after 30 days, however often it is used', async () => {
    const { sessionToken } = await signIn();
    for (let day = 5; day < 30; day += 5) {
      advance(5 * DAY_MS);
      await authenticate(sessionToken);
    }
    advance(5 * DAY_MS);
    await expect(authenticate(sessionToken)).rejects.toMatchObject({ message: 'The session has expired.' });
  });

  it('ends when it is ended, and ending it again changes nothing', async () => {
    const { sessionToken } = await signIn();
    await accounts.client.endSession({ sessionToken }, edge);
    await accounts.client.endSession({ sessionToken }, edge);
    await accounts.client.endSession({ sessionToken: 'x' }, edge);
    await expect(authenticate(sessionToken)).rejects.toMatchObject(
      refusedAs('session_token', 'The session is not valid.'),
    );
  });

  it('is not opened by an API key or a link, nor the other way round', async () => {
    const { token } = await link();
    const { sessionToken } = await signIn();
    await expect(authenticate(token)).rejects.toMatchObject({ message: 'The session is not valid.' });
    await expect(accounts.client.redeemSignInLink({ token: sessionToken }, edge)).rejects.toMatchObject({
      message: 'The sign-in link is not valid.',
    });
  });

  it('is deleted some time after it has expired', async () => {
    const { organizationId } = await signIn();
    advance(32 * DAY_MS);
    await accounts.service.app.get(ExpiredCredentialsPurge).purge();
    const left = await accounts.rows(
      `SELECT 1 FROM accounts.sessions WHERE organization_id = $1
       UNION ALL SELECT 1 FROM accounts.sign_in_links WHERE organization_id = $1`,
      [organizationId],
    );
    expect(left).toEqual([]);
  });
});

describe('roles', () => {
  it('keep members and operators from checking credentials, and edges and members from making links', async () => {
    const denied = { kind: 'permission_denied' };
    const { member, organization } = await accounts.organization();
    for (const caller of [member, operator]) {
      await expect(accounts.client.authenticateSession({ sessionToken: 'x' }, caller)).rejects.toMatchObject(denied);
      await expect(accounts.client.redeemSignInLink({ token: 'x' }, caller)).rejects.toMatchObject(denied);
      await expect(accounts.client.endSession({ sessionToken: 'x' }, caller)).rejects.toMatchObject(denied);
      await expect(accounts.client.authenticateApiKey({ secret: 'x' }, caller)).rejects.toMatchObject(denied);
      await expect(
        accounts.client.redeemCallToken({ token: 'x', agentId: '', origin: '' }, caller),
      ).rejects.toMatchObject(denied);
    }
    for (const caller of [member, edge]) {
      const organizationId = organization.id;
      await expect(accounts.client.createSignInLink({ organizationId }, caller)).rejects.toMatchObject(denied);
      await expect(accounts.client.ensureOrganization({ slug: 'x', name: 'X' }, caller)).rejects.toMatchObject(denied);
    }
    for (const caller of [as('edge', organization.id), as('operator', organization.id), as('member')]) {
      await expect(accounts.client.createApiKey({ name: 'x', expiresAt: undefined }, caller)).rejects.toMatchObject(
        denied,
      );
      await expect(accounts.client.listApiKeys({}, caller)).rejects.toMatchObject(denied);
      await expect(accounts.client.revokeApiKey({ id: randomUUID() }, caller)).rejects.toMatchObject(denied);
      await expect(accounts.client.getOrganization({}, caller)).rejects.toMatchObject(denied);
      await expect(
        accounts.client.createCallToken({ agentId: randomUUID(), origin: '', draft: false }, caller),
      ).rejects.toMatchObject(denied);
    }
  });
});
