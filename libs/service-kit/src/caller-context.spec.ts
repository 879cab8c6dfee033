import { describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { CallerContexts, type Caller } from './caller-context.js';

const SECRET = 'a-secret-for-tests-only-0123456789';
const caller: Caller = {
  organizationId: '0f5d2c6e-1b7a-4f3e-9c8d-2a4b6c8d0e1f',
  subject: 'api-key:1',
  roles: ['member'],
};
const contexts = new CallerContexts(SECRET);
const refused = { kind: 'unauthenticated' };

interface Changes {
  audience?: string | string[];
  issuedAt?: Date | undefined;
  expiresAt?: Date | undefined;
}

/** Signed with the right secret, and wrong all the same. */
async function signed({ audience, issuedAt = new Date(), expiresAt }: Changes): Promise<string> {
  const token = new SignJWT({ org: caller.organizationId, roles: ['member'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('orbisvoice-edge')
    .setSubject('api-key:1');
  if (audience) token.setAudience(audience);
  if (issuedAt) token.setIssuedAt(issuedAt);
  if (expiresAt) token.setExpirationTime(expiresAt);
  return await token.sign(new TextEncoder().encode(SECRET));
}

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000);

describe('the caller context', () => {
  it('says who calls, to the service that it was made for', async () => {
    expect(await contexts.verify(await contexts.mint(caller, 'tools'), 'tools')).toEqual(caller);
    expect(await contexts.verify(await signed({ audience: 'tools', expiresAt: inSeconds(30) }), 'tools')).toEqual(
      caller,
    );
  });

  it('is worth nothing to another service', async () => {
    await contexts.mint(caller, 'agents'); // the same caller, and not the same token
    const token = await contexts.mint(caller, 'tools');
    await expect(contexts.verify(token, 'agents')).rejects.toMatchObject(refused);
  });

  it.each<[string, Changes]>([
    ['without an end', { audience: 'tools' }],
    ['without an audience', { expiresAt: inSeconds(30) }],
    ['that has ended', { audience: 'tools', issuedAt: inSeconds(-60), expiresAt: inSeconds(-10) }],
    ['that ends in a year', { audience: 'tools', issuedAt: inSeconds(-120), expiresAt: inSeconds(31_536_000) }],
    ['from the future', { audience: 'tools', issuedAt: inSeconds(120), expiresAt: inSeconds(150) }],
  ])('%s is refused, though it is signed', async (_, changes) => {
    await expect(contexts.verify(await signed(changes), 'tools')).rejects.toMatchObject(refused);
  });

  it('must be there', async () => {
    await expect(contexts.verify(undefined, 'tools')).rejects.toMatchObject(refused);
  });
});
