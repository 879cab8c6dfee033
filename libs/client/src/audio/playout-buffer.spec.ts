import { describe, expect, it } from '@jest/globals';
import { PlayoutBuffer } from './playout-buffer.js';

const MS = 24; // samples per millisecond
const QUANTUM = 64; // 128 samples of a 48 kHz device

class Listener {
  readonly reports: [turn: number, playedMs: number][] = [];
  readonly buffer = new PlayoutBuffer({ report: (turn, playedMs) => this.reports.push([turn, playedMs]) });
  readonly output: number[] = [];
  #timestamps = new Map<number, number>();

  push(turn: number, ms: number, value = 8_192): boolean {
    const timestamp = this.#timestamps.get(turn) ?? 0;
    this.#timestamps.set(turn, timestamp + ms * MS);
    return this.buffer.push(turn, timestamp, new Int16Array(ms * MS).fill(value));
  }

  /** Lets the device ask for so much. */
  listen(ms: number): void {
    for (let done = 0; done < ms * MS; done += QUANTUM) {
      const block = new Float32Array(Math.min(QUANTUM, ms * MS - done));
      this.buffer.read(block);
      this.output.push(...block);
    }
  }

  get last(): [number, number] | undefined {
    return this.reports.at(-1);
  }

  /** Largest step between two samples: a click is a large one. */
  get steepest(): number {
    return this.output
      .slice(1)
      .reduce((most, value, index) => Math.max(most, Math.abs(value - this.output[index]!)), 0);
  }
}

describe('PlayoutBuffer', () => {
  it('waits for 100 ms of audio before it plays', () => {
    const listener = new Listener();
    listener.push(2, 60);
    listener.listen(20);
    expect(listener.buffer.playing).toBe(false);
    listener.push(2, 60);
    listener.listen(5);
    expect(listener.buffer.playing).toBe(true);
    expect(listener.buffer.bufferedMs).toBeCloseTo(115);
  });

  it('plays a short answer although 100 ms never come', () => {
    const listener = new Listener();
    listener.push(2, 40);
    listener.listen(200);
    expect(listener.last).toEqual([2, 40]);
  });

  it('reports when a turn begins, every 250 ms, and exactly at its end', () => {
    const listener = new Listener();
    listener.push(2, 1_000);
    listener.listen(1_500);
    const positions = listener.reports.map(([, playedMs]) => Math.round(playedMs));
    expect(positions[0]).toBeLessThan(10);
    expect(positions).toHaveLength(5);
    expect(positions[2]! - positions[1]!).toBeGreaterThanOrEqual(250);
    expect(positions[2]! - positions[1]!).toBeLessThan(256);
    expect(listener.last).toEqual([2, 1_000]);
  });

  it('counts two turns apart, and reports the end of the first when the second follows at once', () => {
    const listener = new Listener();
    listener.push(2, 130);
    listener.push(4, 200);
    listener.listen(500);
    expect(listener.reports).toContainEqual([2, 130]);
    expect(listener.last).toEqual([4, 200]);
  });

  it('falls silent at once when flushed, reports the final position, and takes no more of that turn', () => {
    const listener = new Listener();
    listener.push(2, 2_000);
    listener.listen(333);
    listener.buffer.flush(2);
    expect(listener.last![0]).toBe(2);
    expect(listener.last![1]).toBeCloseTo(333, 5);
    listener.listen(100);
    expect(listener.output.slice(-90 * MS).every((value) => value === 0)).toBe(true);
    expect(listener.push(2, 100)).toBe(false);
    expect(listener.buffer.bufferedMs).toBe(0);
  });

  it('keeps the next turn when an older one is flushed', () => {
    const listener = new Listener();
    listener.push(2, 500);
    listener.push(4, 150);
    listener.listen(100);
    listener.buffer.flush(2);
    expect(listener.buffer.bufferedMs).toBeCloseTo(150);
    listener.listen(300);
    expect(listener.last).toEqual([4, 150]);
  });

  it('reports 0 for a turn that was never played, and the end for one that was played to the end', () => {
    const listener = new Listener();
    listener.push(2, 200);
    listener.listen(400);
    listener.buffer.flush(2);
    expect(listener.last).toEqual([2, 200]);
    listener.push(4, 50);
    listener.buffer.flush(4);
    expect(listener.last).toEqual([4, 0]);
  });

  it('never clicks: not at the start, at a gap, at a flush, or between turns', () => {
    const listener = new Listener();
    listener.push(2, 150);
    listener.listen(300);
    listener.push(2, 200);
    listener.listen(150);
    listener.buffer.flush(2);
    listener.push(4, 150, -8_192);
    listener.push(6, 150, 8_192);
    listener.listen(500);
    expect(Math.max(...listener.output)).toBeCloseTo(0.25, 2);
    expect(listener.steepest).toBeLessThan(0.02);
  });

  it('waits longer after gaps within a turn, but not after the end of one', () => {
    const listener = new Listener();
    for (const turn of [2, 4, 6]) {
      listener.push(turn, 150);
      listener.listen(400);
    }
    expect(listener.buffer.counts.gaps).toBe(0);
    listener.push(6, 120);
    listener.listen(10);
    expect(listener.buffer.counts.gaps).toBe(1);
    expect(listener.buffer.playing).toBe(false);
    listener.push(6, 40);
    listener.listen(10);
    expect(listener.buffer.playing).toBe(true);
  });

  it('takes a long silence within a turn for a pause, not for a gap', () => {
    const listener = new Listener();
    listener.push(2, 150);
    listener.listen(2_000);
    listener.push(2, 150);
    expect(listener.buffer.counts.gaps).toBe(0);
  });

  it('holds five minutes and refuses more', () => {
    const listener = new Listener();
    for (let second = 0; second < 300; second++) expect(listener.push(2, 1_000)).toBe(true);
    expect(listener.push(2, 1_000)).toBe(false);
    expect(listener.buffer.counts.samplesDropped).toBe(24_000);
    listener.listen(1_000);
    expect(listener.push(2, 1_000)).toBe(true);
  });

  it('keeps positions right when audio got lost on the way', () => {
    const listener = new Listener();
    listener.buffer.push(2, 0, new Int16Array(100 * MS));
    listener.buffer.push(2, 300 * MS, new Int16Array(100 * MS));
    listener.listen(300);
    expect(listener.last).toEqual([2, 400]);
  });

  it('hands out every sample unchanged once it plays', () => {
    const listener = new Listener();
    const samples = Int16Array.from({ length: 4_800 }, (_, index) => Math.round(9_000 * Math.sin(index / 7)));
    listener.buffer.push(2, 0, samples);
    listener.listen(200);
    expect(listener.output.slice(72, 4_800)).toEqual(Array.from(samples.slice(72), (value) => value / 32_768));
  });

  it('counts the same when the time just passes', () => {
    const listener = new Listener();
    listener.push(2, 500);
    for (let ms = 0; ms < 200; ms += 5) listener.buffer.read(5 * MS);
    listener.buffer.flush(2);
    expect(listener.last).toEqual([2, 200]);
  });
});
