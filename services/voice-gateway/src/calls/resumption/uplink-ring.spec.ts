import { describe, expect, it } from '@jest/globals';
import { UplinkRing } from './uplink-ring.js';

const FRAME_MS = 100;
const frame = (mark: number) => Buffer.alloc(FRAME_MS * 32, mark);

describe("the caller's audio that may have to be sent again", () => {
  it('keeps what was said, however long the silence after it', () => {
    const ring = new UplinkRing(5_000);
    for (let n = 0; n < 10; n++) ring.push(frame(1), true, true);
    for (let n = 0; n < 1_000; n++) ring.push(frame(0), false, true);
    expect(ring.holdsUtterance).toBe(true);
    expect(ring.bufferedMs).toBe(2_000);
    expect(ring.drain().map((samples) => samples[0])).toEqual([...Array(10).fill(1), ...Array(10).fill(0)]);
  });

  it('keeps only the newest moments of silence while nobody has spoken', () => {
    const ring = new UplinkRing(5_000);
    for (let n = 0; n < 1_000; n++) ring.push(frame(0), false, true);
    expect(ring.bufferedMs).toBe(300);
    expect(ring.holdsUtterance).toBe(false);
  });

  it('gives up the oldest of what was said for too long, and says so', () => {
    const ring = new UplinkRing(1_000);
    for (let n = 0; n < 15; n++) ring.push(frame(n), true, false);
    expect(ring.holdsUtterance).toBe(false);
    expect(ring.lostMs).toBe(500);
    expect(ring.drain().map((samples) => samples[0])).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });

  it('keeps pauses within what is said', () => {
    const ring = new UplinkRing(60_000);
    for (const voice of [true, false, true]) for (let n = 0; n < 10; n++) ring.push(frame(voice ? 1 : 0), voice, true);
    expect(ring.bufferedMs).toBe(3_000);
  });
});
