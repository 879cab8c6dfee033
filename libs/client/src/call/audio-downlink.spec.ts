import { describe, expect, it } from '@jest/globals';
import { AGENT_AUDIO, CLIENT_AUDIO, encodeAudioFrame } from '../protocol/audio-frame.js';
import { AudioDownlink, nearestTurn } from './audio-downlink.js';

function frame(turn: number, sequence: number, timestamp = 0, kind = AGENT_AUDIO): Uint8Array {
  return encodeAudioFrame({ kind, turn, sequence, timestamp }, new Uint8Array(Int16Array.of(1, -2, 3).buffer));
}

describe('AudioDownlink', () => {
  it('gives samples with their full turn number', () => {
    const downlink = new AudioDownlink();
    downlink.turnStarted(65_538);
    expect(downlink.receive(frame(2, 0, 960))).toEqual({
      turn: 65_538,
      sequence: 0,
      timestamp: 960,
      samples: Int16Array.of(1, -2, 3),
    });
  });

  it('reads samples that start at an odd address', () => {
    const shifted = Buffer.alloc(100).subarray(1);
    shifted.set(frame(1, 0));
    expect(new AudioDownlink().receive(shifted.subarray(0, 18))?.samples).toEqual(Int16Array.of(1, -2, 3));
  });

  it('leaves out what still comes of an interrupted turn', () => {
    const downlink = new AudioDownlink();
    downlink.turnStarted(2);
    downlink.interrupted(2);
    expect(downlink.receive(frame(2, 0))).toBeUndefined();
    expect(downlink.receive(frame(4, 1))?.turn).toBe(4);
  });

  it('counts missing frames by their sequence numbers, afresh after a reconnection', () => {
    const downlink = new AudioDownlink();
    for (const sequence of [0, 1, 5]) downlink.receive(frame(1, sequence));
    downlink.reconnected();
    downlink.receive(frame(1, 900));
    expect(downlink.counts).toEqual({ agentFramesReceived: 4, agentFramesLost: 3 });
  });

  it.each([
    ['shorter than a header', new Uint8Array(5)],
    ['without samples', new Uint8Array(12)],
    ['of half samples', new Uint8Array(15)],
    ['of a client', frame(1, 0, 0, CLIENT_AUDIO)],
  ])('ignores a frame %s', (_what, bytes) => {
    expect(new AudioDownlink().receive(bytes)).toBeUndefined();
  });
});

describe('nearestTurn', () => {
  it.each([
    [3, 2, 3],
    [0, 65_535, 65_536],
    [65_535, 65_536, 65_535],
    [1, 65_536, 65_537],
    [7, 131_072, 131_079],
    [40_000, 0, 40_000],
  ])('takes %i near %i for %i', (low, latest, turn) => {
    expect(nearestTurn(low, latest)).toBe(turn);
  });
});
