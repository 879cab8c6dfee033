import { describe, expect, it } from '@jest/globals';
import type { SpokenPiece } from '../speech/voice.js';
import type { ServerContent } from '../wire/server-message.js';
import { PacedOutput } from './paced-output.js';

const piece = (samples: number, ...bits: [number, string][]): SpokenPiece => ({
  samples: new Int16Array(samples),
  bits: bits.map(([atSample, text]) => ({ atSample, text })),
});

describe('PacedOutput', () => {
  it('sends bursts of equal length, each with the text whose sound begins in it', async () => {
    const sent: ServerContent[] = [];
    const output = new PacedOutput(
      { burstMs: 200, aheadMs: 500, speed: 1000 },
      (content) => sent.push(content),
      new AbortController().signal,
    );
    await output.write(piece(3000, [0, 'a'], [2999, ' b']));
    await output.write(piece(6000, [0, ' c'], [1799, ' d'], [1800, ' e']));
    await output.flush();
    expect(sent.map((content) => content.outputTranscription?.text)).toEqual(['a b c d', ' e']);
    expect(
      sent.map((content) => Buffer.from(content.modelTurn?.parts[0]?.inlineData.data ?? '', 'base64').length / 2),
    ).toEqual([4800, 4200]);
    expect(output.sentText).toBe('a b c d e');
    expect(output.sentMs).toBe(375);
  });

  it('stops in the middle of its waiting', async () => {
    const stopper = new AbortController();
    const output = new PacedOutput({ burstMs: 200, aheadMs: 500, speed: 1 }, () => undefined, stopper.signal);
    const writing = output.write(piece(240_000));
    setTimeout(() => stopper.abort(), 20);
    await expect(writing).rejects.toThrow('aborted');
    expect(output.sentMs).toBe(400);
  });
});
