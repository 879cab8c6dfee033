import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromTimestamp } from '@orbisvoice/service-kit/timestamps';
import { ExpiredCredentialsPurge } from '../src/credentials/expired-credentials-purge.js';
import { edge, MINUTE_MS, startAccounts, type AccountsUnderTest } from './accounts-under-test.js';

let accounts: AccountsUnderTest;
beforeAll(async () => {
  accounts = await startAccounts();
}, 60_000);
afterAll(async () => await accounts?.stop());

const SHOP = 'https://shop.example';
const refusedAs = (field: string, message: string) => ({
  kind: 'unauthenticated',
  message,
  violations: [{ field, message }],
});

async function mint(origin = '', draft = false) {
  const { member, organization } = await accounts.organization();
  const agentId = randomUUID();
  const { token, expiresAt } = await accounts.client.createCallToken({ agentId, origin, draft }, member);
  return { token, expiresAt: fromTimestamp(expiresAt!), agentId, organizationId: organization.id };
}
const redeem = (token: string, agentId = '', origin = '') =>
  accounts.client.redeemCallToken({ token, agentId, origin }, edge);

describe('a call token', () => {
  it('says who may call which agent, for 60 s', async () => {
    const { token, expiresAt, agentId, organizationId } = await mint();
    expect(Math.abs(expiresAt.getTime() - Date.now() - MINUTE_MS)).toBeLessThan(2_000);
    expect(await redeem(token)).toEqual({ organizationId, agentId, subject: 'member:test', draft: false });
  });

  it('says of a call with a draft that it is one', async () => {
    const { token, agentId } = await mint('', true);
    expect(await redeem(token, agentId)).toMatchObject({ agentId, draft: true });
  });

  it('is spent once, also when shown many times at the same moment', async () => {
    const { token, agentId } = await mint();
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => redeem(token, agentId)));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(9);
    for (const { reason } of refused)
      expect(reason).toMatchObject(refusedAs('token', 'The call token was already used.'));
  });

  it('is refused when it has expired', async () => {
    const { token } = await mint();
    accounts.advance(MINUTE_MS);
    await expect(redeem(token)).rejects.toMatchObject(refusedAs('token', 'The call token has expired.'));
    accounts.advance(-MINUTE_MS);
  });

  it('is refused when it is not one of ours', async () => {
    const { token } = await mint();
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const none = Buffer.from('{"alg":"none","typ":"orbisvoice-call+jwt"}').toString('base64url');
    const flipped = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
    const forged = ['', 'x', `${header}.${payload}.${flipped}`, `${none}.${payload}.`, 'a'.repeat(100_000)];
    for (const bad of forged) {
      await expect(redeem(bad)).rejects.toMatchObject(refusedAs('token', 'The call token is not valid.'));
    }
    await redeem(token);
  });

  it('works for its own agent only, and is not spent by asking for another', async () => {
    const { token, agentId } = await mint();
    await expect(redeem(token, randomUUID())).rejects.toMatchObject(
      refusedAs('agent_id', 'The call token is for another agent.'),
    );
    await redeem(token, agentId.toUpperCase());
  });

  it('works from its own origin only', async () => {
    const bound = await mint(`${SHOP}:443/`);
    for (const origin of ['', 'null', 'http://shop.example', 'https://shop.example:8443', 'https://evil.example']) {
      await expect(redeem(bound.token, '', origin)).rejects.toMatchObject(
        refusedAs('origin', 'The call token is for another origin.'),
      );
    }
    await redeem(bound.token, '', SHOP);
    const unbound = await mint();
    await expect(redeem(unbound.token, '', SHOP)).rejects.toMatchObject({ violations: [{ field: 'origin' }] });
    await redeem(unbound.token);
  });

  it('is not made for something that is no origin or no agent', async () => {
    const { member } = await accounts.organization();
    for (const origin of [
      'shop.example',
      'null',
      '*',
      `${SHOP}/path`,
      `${SHOP}?q`,
      'file:///etc',
      'https://a@b.example',
    ]) {
      await expect(
        accounts.client.createCallToken({ agentId: randomUUID(), origin, draft: false }, member),
      ).rejects.toMatchObject({
        kind: 'invalid_argument',
        violations: [{ field: 'origin', message: 'must be an origin such as "https://shop.example"' }],
      });
    }
    await expect(
      accounts.client.createCallToken({ agentId: 'x', origin: '', draft: false }, member),
    ).rejects.toMatchObject({
      violations: [{ field: 'agent_id', message: 'must be a UUID' }],
    });
  });
});

describe('spent call tokens', () => {
  it('are forgotten only well after they have expired', async () => {
    const { token, organizationId } = await mint();
    await redeem(token);
    const count = async () =>
      (await accounts.rows('SELECT 1 FROM accounts.spent_call_tokens WHERE organization_id = $1', [organizationId]))
        .length;
    const purge = accounts.service.app.get(ExpiredCredentialsPurge);
    accounts.advance(5 * MINUTE_MS);
    await purge.purge();
    expect(await count()).toBe(1);
    accounts.advance(10 * MINUTE_MS);
    await purge.purge();
    expect(await count()).toBe(0);
    accounts.advance(-15 * MINUTE_MS);
  });
});
