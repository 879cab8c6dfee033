import { describe, expect, it } from '@jest/globals';
import { MAX_UNACKNOWLEDGED_TEXTS } from '@orbisvoice/client/protocol/constants';
import { WrittenTexts } from './written-texts.js';

describe('what is written in a call', () => {
  it('is taken at the pace of somebody who types, for hours', () => {
    const texts = new WrittenTexts(0);
    for (let at = 0; at < 10_000_000; at += 2_000) expect(texts.refusal('x'.repeat(500), 0, at)).toBeUndefined();
  });

  it('is taken at once as far as a client keeps it, and then refused with the limit', () => {
    const texts = new WrittenTexts(0);
    for (let i = 0; i < MAX_UNACKNOWLEDGED_TEXTS; i++) expect(texts.refusal('Hello', 0, 0)).toBeUndefined();
    expect(texts.refusal('Hello', 0, 0)).toMatch(
      /At most 64 texts .* 1 text and 1000 characters a second.*send it again/,
    );
    expect(texts.refusal('Hello', 0, 1_000)).toBeUndefined();
  });

  it('is refused by its length, whatever its number', () => {
    const texts = new WrittenTexts(0);
    for (let i = 0; i < 16; i++) expect(texts.refusal('x'.repeat(8_000), 0, 0)).toBeUndefined();
    expect(texts.refusal('x'.repeat(8_000), 0, 0)).toMatch(/128000 characters/);
  });

  it('is refused when the model would not get it, since too many wait for an interrupted turn', () => {
    expect(new WrittenTexts(0).refusal('Hello', 16, 0)).toMatch(/At most 16 texts wait/);
  });
});
