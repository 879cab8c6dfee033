import { describe, expect, it } from '@jest/globals';
import { isApiKeySecret, makeApiKeySecret, previewOf } from './api-key-secret.js';

describe('the text of an API key', () => {
  it('has a prefix, 43 random characters and 6 of checksum', () => {
    const secrets = Array.from({ length: 200 }, makeApiKeySecret);
    for (const secret of secrets) {
      expect(secret).toMatch(/^ov_live_[0-9A-Za-z]{49}$/);
      expect(isApiKeySecret(secret)).toBe(true);
    }
    expect(new Set(secrets).size).toBe(200);
  });

  it('is recognised as mistyped when any one character differs', () => {
    const secret = makeApiKeySecret();
    for (let index = 0; index < secret.length; index += 1) {
      const typo = secret.slice(0, index) + (secret[index] === 'x' ? 'y' : 'x') + secret.slice(index + 1);
      expect(isApiKeySecret(typo)).toBe(false);
    }
  });

  it('can be shown by its prefix and last four characters', () => {
    expect(previewOf(`ov_live_${'0'.repeat(45)}x7Qd`)).toBe('ov_live_…x7Qd');
  });
});
