import { afterAll, describe, expect, it } from '@jest/globals';
import { FliteSynthesizer } from './flite-synthesizer.js';
import { FliteVoice } from './flite-voice.js';
import { upsample16kTo24k } from './upsample.js';
import type { SpokenPiece } from './voice.js';

const synthesizer = new FliteSynthesizer();
afterAll(() => synthesizer.close());

describe('FliteSynthesizer', () => {
  it('speaks, in another thread, and keeps what it spoke', async () => {
    const [first, second] = await Promise.all([
      synthesizer.synthesize('Good morning.', 'slt'),
      synthesizer.synthesize('Good morning.', 'rms'),
    ]);
    expect(first.length / 16_000).toBeGreaterThan(0.6);
    expect(second.length).not.toBe(first.length);
    expect(await synthesizer.synthesize('Good morning.', 'slt')).toBe(first);
  });

  it('speaks nothing that is too long, and what is not speakable as something short', async () => {
    await expect(synthesizer.synthesize('x'.repeat(601), 'slt')).rejects.toThrow('too long');
    expect((await synthesizer.synthesize('東京 -o /etc/passwd\0', 'slt')).length).toBeGreaterThan(0);
  });

  it('starts anew after it was closed', async () => {
    const other = new FliteSynthesizer();
    const pending = other.synthesize('Never heard.', 'slt');
    await Promise.all([expect(pending).rejects.toThrow('closed'), other.close()]);
    expect((await other.synthesize('Heard.', 'slt')).length).toBeGreaterThan(0);
    await other.close();
  });
});

describe('FliteVoice', () => {
  it('speaks sentence by sentence and places the words in each', async () => {
    const pieces: SpokenPiece[] = [];
    for await (const piece of new FliteVoice(synthesizer, 'slt').speak('One two.  Three four five!', false))
      pieces.push(piece);
    expect(pieces.map((piece) => piece.bits.map((bit) => bit.text))).toEqual([
      ['One', ' two.'],
      [' Three', ' four', ' five!'],
    ]);
    for (const { samples, bits } of pieces) {
      expect(bits[0]?.atSample).toBe(0);
      for (const bit of bits) expect(bit.atSample).toBeLessThan(samples.length);
    }
  });
});

describe('upsample16kTo24k', () => {
  it('keeps a tone as it is, at the new rate', () => {
    const at = (rate: number, length: number) =>
      Int16Array.from({ length }, (_, n) => Math.round(10_000 * Math.sin((2 * Math.PI * 1000 * n) / rate)));
    const result = upsample16kTo24k(at(16_000, 1600));
    const expected = at(24_000, 2400);
    for (let n = 50; n < 2350; n++) expect(Math.abs((result[n] ?? 0) - (expected[n] ?? 0))).toBeLessThan(100);
  });
});
