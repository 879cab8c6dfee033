import { expect, it } from '@jest/globals';
import { providerKeyVariable } from './config.js';

it("takes the provider's key as a file or a shell gives it, and nothing that a header can't carry", () => {
  expect(providerKeyVariable.parse('AIzaSy-Example_1\n')).toBe('AIzaSy-Example_1');
  for (const broken of ['', ' ', 'two words', 'a\nb', 'clé', '…'])
    expect(providerKeyVariable.safeParse(broken).success).toBe(false);
});
