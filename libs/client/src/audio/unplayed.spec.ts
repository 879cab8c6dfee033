import { describe, expect, it } from '@jest/globals';
import { fromUnplayed, Unplayed } from './unplayed.js';

function piece(turn: number, timestamp: number, length = 960) {
  const samples = Int16Array.from({ length }, (_, index) => timestamp + index - 20_000);
  return { turn, timestamp, sequence: 0, samples };
}

function kept(unplayed: Unplayed): [turn: number, timestamp: number][] {
  return unplayed.snapshot().map(({ turn, timestamp }) => [turn, timestamp]);
}

describe('Unplayed', () => {
  it('gives back every sample of what has not been heard, and nothing of what has', () => {
    const unplayed = new Unplayed();
    for (const timestamp of [0, 960, 1_920]) unplayed.add(piece(2, timestamp));
    unplayed.add(piece(4, 0));
    unplayed.played(2, 45);
    expect(kept(unplayed)).toEqual([
      [2, 960],
      [2, 1_920],
      [4, 0],
    ]);
    const again = unplayed.snapshot().map((audio) => fromUnplayed(JSON.parse(JSON.stringify(audio))));
    expect(again[0]).toEqual(piece(2, 960));
    unplayed.played(4, 0);
    expect(kept(unplayed)).toEqual([[4, 0]]);
  });

  it('forgets what was interrupted', () => {
    const unplayed = new Unplayed();
    unplayed.add(piece(2, 0));
    unplayed.add(piece(4, 0));
    unplayed.drop(2);
    expect(kept(unplayed)).toEqual([[4, 0]]);
  });

  it('keeps 20 s, however long the answer is', () => {
    const unplayed = new Unplayed();
    for (let second = 0; second < 60; second++) unplayed.add(piece(2, second * 24_000, 24_000));
    expect(kept(unplayed)).toHaveLength(20);
    unplayed.played(2, 20_000);
    unplayed.add(piece(2, 61 * 24_000, 24_000));
    expect(kept(unplayed)).toEqual([[2, 61 * 24_000]]);
  });
});
