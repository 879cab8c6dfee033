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
    expect(ring.replay().map((samples) => samples[0])).toEqual([...Array(10).fill(1), ...Array(10).fill(0)]);
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
    expect(ring.takeLostMs()).toBe(500);
    expect(ring.takeLostMs()).toBe(0);
    expect(ring.replay().map((samples) => samples[0])).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });

  it('keeps pauses within what is said', () => {
    const ring = new UplinkRing(60_000);
    for (const voice of [true, false, true]) for (let n = 0; n < 10; n++) ring.push(frame(voice ? 1 : 0), voice, true);
    expect(ring.bufferedMs).toBe(3_000);
  });

  it('says how much of an utterance the next connection will not have', () => {
    const ring = new UplinkRing(1_000);
    for (let n = 0; n < 14; n++) ring.push(frame(n), true, true);
    expect(ring.holdsUtterance).toBe(false);
    expect(ring.takeLostMs()).toBe(400);
  });

  it('loses nothing of an utterance that was answered', () => {
    const ring = new UplinkRing(1_000);
    for (let n = 0; n < 14; n++) ring.push(frame(n), true, true);
    ring.answered();
    expect(ring.takeLostMs()).toBe(0);
  });

  it('keeps an utterance that was sent again until it is answered, as that connection may be lost, too', () => {
    const ring = new UplinkRing(5_000);
    for (let n = 0; n < 10; n++) ring.push(frame(n), true, true);
    expect(ring.replay()).toHaveLength(10);
    ring.push(frame(10), true, true);
    expect(ring.holdsUtterance).toBe(true);
    expect(ring.replay().map((samples) => samples[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    ring.answered();
    for (let n = 0; n < 3; n++) ring.push(frame(0), false, true);
    expect(ring.bufferedMs).toBe(300);
  });

  it('keeps little of a voice that goes on while the model speaks, and all again of what interrupts it', () => {
    const ring = new UplinkRing(10_000);
    ring.answered();
    for (let n = 0; n < 100; n++) ring.push(frame(1), true, true);
    expect(ring.bufferedMs).toBe(2_000);
    expect(ring.takeLostMs()).toBe(0);
    ring.answering = false;
    for (let n = 0; n < 40; n++) ring.push(frame(1), true, true);
    expect(ring.bufferedMs).toBe(6_000);
  });

  it('sends nothing of it again once it was given up, and counts it as lost', () => {
    const ring = new UplinkRing(10_000);
    for (let n = 0; n < 10; n++) ring.push(frame(1), true, true);
    ring.giveUp();
    expect(ring.replay()).toEqual([]);
    expect(ring.takeLostMs()).toBe(1_000);
  });
});
