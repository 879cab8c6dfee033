import { describe, expect, it } from '@jest/globals';
import { DerivedKeys } from './derived-keys.js';

const SECRET = 'a-secret-for-tests-only-0123456789';

describe('derived keys (S0-63)', () => {
  it('differ by purpose and by secret', () => {
    const keys = new DerivedKeys(SECRET);
    const hashes = [
      keys.hmac('api-key', 'x'),
      keys.hmac('session', 'x'),
      keys.hmac('sign-in-link', 'x'),
      new DerivedKeys(`${SECRET}!`).hmac('api-key', 'x'),
    ];
    expect(new Set(hashes.map((hash) => hash.toString('hex'))).size).toBe(4);
  });

  it('stay the same from release to release, or every stored credential would die', () => {
    const hash = new DerivedKeys(SECRET).hmac('api-key', 'ov_live_x').toString('hex');
    expect(hash).toBe('de073b64be3aa13f61e15744a226a3af16f13c401111aca2d7d85e12c69f39c8');
  });
});
