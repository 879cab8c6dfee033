import { describe, expect, it } from '@jest/globals';
import { brokenHeaderRule, maskHeaders, unmaskHeaders } from './header-rules.js';
import { HeaderVault } from './header-vault.js';

const SECRET = 'an-encryption-key-for-tests-only-0123';
const owner = { organizationId: 'a', toolId: 't' };

describe('header rules', () => {
  it.each<Record<string, string>>([
    {},
    { Authorization: 'Bearer abc', 'X-Shop': 'Ulm', accept: 'application/json' },
    { Cookie: '••••1234' },
  ])('accept %j', (headers) => {
    expect(brokenHeaderRule(headers)).toBeUndefined();
  });

  it.each(['Host', 'content-length', 'Connection', 'Transfer-Encoding', 'TE', 'Upgrade', 'Idempotency-Key'])(
    'refuse %s',
    (name) => {
      expect(brokenHeaderRule({ [name]: 'x' })).toContain('set by the platform');
    },
  );

  it.each([
    [{ 'bad name': 'x' }, 'is not a header name'],
    [{ '': 'x' }, 'is not a header name'],
    [{ a: 'x\r\nInjected: y' }, 'visible ASCII'],
    [{ a: 'é' }, 'visible ASCII'],
    [{ A: '1', a: '2' }, 'given twice'],
    [{ a: 'x'.repeat(9_000) }, 'at most 8192'],
    [{ a: 'x'.repeat(8_000), b: 'x'.repeat(8_000), c: 'x'.repeat(8_000) }, 'together'],
    [Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`h${index}`, ''])), 'at most 32'],
  ])('refuse %j', (headers, rule) => {
    expect(brokenHeaderRule(headers as Record<string, string>)).toContain(rule);
  });

  it('never repeat a value', () => {
    expect(brokenHeaderRule({ authorization: 'sécret' })).not.toContain('cret');
  });
});

describe('masked headers', () => {
  const stored = { Authorization: 'Bearer 0123456789', 'x-api-key': 'short', 'X-Shop': 'Ulm' };

  it('show at most the last four characters of a credential', () => {
    expect(maskHeaders(stored)).toEqual({ Authorization: '••••6789', 'x-api-key': '••••', 'X-Shop': 'Ulm' });
  });

  it('keep what is stored, whatever the case of their name', () => {
    const sent = { authorization: '••••6789', 'X-Api-Key': '••••', 'X-Shop': 'Bonn' };
    expect(unmaskHeaders(sent, stored)).toEqual({
      headers: { authorization: 'Bearer 0123456789', 'X-Api-Key': 'short', 'X-Shop': 'Bonn' },
    });
  });

  it('are refused when they stand for nothing', () => {
    const sentHeaders: Record<string, string>[] = [{ Authorization: '••••0000' }, { 'x-token': '••••' }];
    for (const sent of sentHeaders) {
      expect(unmaskHeaders(sent, stored)).toHaveProperty('rule');
    }
    expect(unmaskHeaders({ Authorization: '••••6789' }, {})).toHaveProperty('rule');
  });
});

describe('headers at rest', () => {
  it('open for their owner only, with the same key only', () => {
    const vault = new HeaderVault(SECRET);
    const sealed = vault.seal({ Authorization: 'Bearer secret' }, owner);
    expect(sealed.includes('secret')).toBe(false);
    expect(vault.open(sealed, owner)).toEqual({ Authorization: 'Bearer secret' });
    expect(() => vault.open(sealed, { ...owner, organizationId: 'b' })).toThrow('decrypted');
    expect(() => vault.open(sealed, { ...owner, toolId: 'u' })).toThrow('decrypted');
    expect(() => new HeaderVault(`${SECRET}!`).open(sealed, owner)).toThrow('decrypted');
    sealed[sealed.length - 1]! ^= 1;
    expect(() => vault.open(sealed, owner)).toThrow('decrypted');
  });

  it('look different each time', () => {
    const vault = new HeaderVault(SECRET);
    expect(vault.seal({ a: 'b' }, owner).equals(vault.seal({ a: 'b' }, owner))).toBe(false);
  });
});
