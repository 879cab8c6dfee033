import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AudioClock } from './audio-clock.js';
import { VirtualPlayer } from './virtual-player.js';

function started() {
  const reports: [number, number][] = [];
  const player = new VirtualPlayer({
    report: (turn, playedMs) => reports.push([turn, playedMs]),
    recordMs: 60_000,
    clock: new AudioClock(),
  });
  player.start();
  return { player, reports };
}

/** A whole answer at once, faster than real time, as providers send it. */
function burst(player: VirtualPlayer, turn: number, ms: number): Int16Array {
  const samples = Int16Array.from({ length: ms * 24 }, (_, index) => (index * 7) % 30_000);
  for (let start = 0; start < samples.length; start += 3_840) {
    player.push({ turn, sequence: 0, timestamp: start, samples: samples.subarray(start, start + 3_840) });
  }
  return samples;
}

describe('VirtualPlayer', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('plays in real time and reports like a browser', () => {
    const { player, reports } = started();
    const samples = burst(player, 2, 1_000);
    jest.advanceTimersByTime(500);
    expect(player.heard[0]!.playedMs).toBeCloseTo(500, -1);
    jest.advanceTimersByTime(1_000);
    expect(player.heard).toEqual([{ turn: 2, playedMs: 1_000, samples }]);
    expect(reports).toHaveLength(5);
    expect(reports.at(-1)).toEqual([2, 1_000]);
    player.stop();
  });

  it('has heard only what came before the interruption', () => {
    const { player, reports } = started();
    const samples = burst(player, 2, 3_000);
    jest.advanceTimersByTime(700);
    player.flush(2);
    expect(reports.at(-1)![1]).toBeCloseTo(700, -1);
    jest.advanceTimersByTime(1_000);
    const [turn] = player.heard;
    expect(turn!.playedMs).toBeCloseTo(reports.at(-1)![1], 5);
    expect(turn!.samples).toEqual(samples.slice(0, turn!.samples.length));
    player.stop();
  });

  it('stops the shared timer when nobody plays', () => {
    const { player } = started();
    player.stop();
    expect(jest.getTimerCount()).toBe(0);
  });
});
