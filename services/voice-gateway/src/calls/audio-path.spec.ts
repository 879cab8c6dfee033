import { describe, expect, it } from '@jest/globals';
import { encodeAudioFrame, readAudioHeader } from '@orbisvoice/client/protocol/audio-frame';
import { AGENT_FRAME_ROOM_BYTES, contentOf, newAgentFrame } from '../provider/agent-frame.js';
import { Downlink, Uplink } from './audio-path.js';

interface FrameShape {
  sequence?: number;
  kind?: number;
  sampleBytes?: number;
  /** Value of every sample. */
  level?: number;
  /** When the client captured its first sample. */
  capturedMs?: number;
}

/** A client's frame, by default 40 ms of silence. */
function callerFrame({
  sequence = 0,
  kind = 1,
  sampleBytes = 1_280,
  level = 0,
  capturedMs = 0,
}: FrameShape = {}): Buffer {
  const samples = Buffer.alloc(sampleBytes);
  for (let offset = 0; offset + 1 < sampleBytes; offset += 2) samples.writeInt16LE(level, offset);
  return Buffer.from(encodeAudioFrame({ kind, turn: 0, sequence, timestamp: capturedMs * 16 }, samples));
}

describe('a frame of the client', () => {
  it.each([
    ['without a whole header', Buffer.alloc(11, 1), 'audio', 'an audio frame begins with a header of 12 bytes'],
    ['without anything', Buffer.alloc(0), 'audio', 'an audio frame begins with a header of 12 bytes'],
    ['of the agent', callerFrame({ kind: 2 }), 'audio.kind', "must be 1 in a client's frame"],
    ['of no kind that there is', callerFrame({ kind: 0 }), 'audio.kind', "must be 1 in a client's frame"],
    ['with half a sample', callerFrame({ sampleBytes: 641 }), 'audio', 'must hold whole 16-bit samples'],
    ['with a header only', callerFrame({ sampleBytes: 0 }), 'audio', 'must hold 320 to 6400 bytes of samples'],
    ['that is too short', callerFrame({ sampleBytes: 318 }), 'audio', '(10 to 200 ms at 16 kHz), not 318'],
    ['that is too long', callerFrame({ sampleBytes: 6_402 }), 'audio', '(10 to 200 ms at 16 kHz), not 6402'],
  ])('%s is refused with the rule that it breaks, and counts for nothing', (_, bad, field, sentence) => {
    const uplink = new Uplink();
    uplink.take(callerFrame({ sequence: 3 }), 1);
    expect(uplink.take(bad, 2)).toEqual({ field, message: expect.stringContaining(sentence) });
    expect(uplink).toMatchObject({ lastSequence: 3, lostFrames: 0 });
    expect(uplink.take(callerFrame({ sequence: 4 }), 3)).toBe('fresh');
  });

  it.each([320, 6_400])('with %i bytes of samples is taken', (sampleBytes) => {
    expect(new Uplink().take(callerFrame({ sampleBytes }), 1)).toBe('fresh');
  });
});

describe('the uplink', () => {
  it('begins with whatever number comes first', () => {
    const uplink = new Uplink();
    expect(uplink.take(callerFrame({ sequence: 90 }), 1)).toBe('fresh');
    expect(uplink).toMatchObject({ lastSequence: 90, lostFrames: 0 });
  });

  it('counts the frames that a gap in the numbers stands for', () => {
    const uplink = new Uplink();
    for (const sequence of [0, 1, 4, 5, 10]) expect(uplink.take(callerFrame({ sequence }), 1)).toBe('fresh');
    expect(uplink.lostFrames).toBe(2 + 4);
  });

  describe('knows when there was speech:', () => {
    /** Frames of 40 ms, one character each: s for sound, anything else for silence. */
    const hears = (pattern: string, clock = (n: number) => ({ at: 1_000 + 40 * n, capturedMs: 40 * n })) => {
      const uplink = new Uplink();
      for (const [sequence, sign] of [...pattern].entries()) {
        const { at, capturedMs } = clock(sequence);
        uplink.take(callerFrame({ sequence, level: sign === 's' ? 2_000 : 0, capturedMs }), at);
      }
      return uplink.speech;
    };

    it('none at first', () => expect(hears('...')).toEqual({ since: 0, until: 0 }));
    it('short pauses belong to it', () => expect(hears('..sss.....sss')).toEqual({ since: 1_080, until: 1_480 }));
    it('a longer one ends it', () => expect(hears('ssss..........ss')).toEqual({ since: 1_560, until: 1_600 }));
    it('a click does not begin one', () => expect(hears('ssss..........s')).toEqual({ since: 1_000, until: 1_560 }));
    it('frames that the network brings together are no pause', () => {
      const late = (n: number) => ({ at: n < 2 ? 1_000 + 40 * n : 3_000, capturedMs: 40 * n });
      expect(hears('sssss', late).since).toBe(1_000);
    });
    it('a client without a clock is taken by the time at which its frames come', () => {
      const unstamped = (n: number) => ({ at: 1_000 + 40 * n, capturedMs: 0 });
      expect(hears('ssss..........ss', unstamped)).toEqual({ since: 1_560, until: 1_600 });
    });
  });

  it('acknowledges silence as it comes, each frame once', () => {
    const uplink = new Uplink();
    expect(uplink.acknowledge()).toBe(-1);
    for (const sequence of [0, 1, 2]) uplink.take(callerFrame({ sequence }), 1);
    expect([uplink.acknowledge(), uplink.acknowledge()]).toEqual([2, -1]);
  });

  it('lets the client keep what is being said, with 300 ms before it, until it is being answered', () => {
    const uplink = new Uplink();
    for (let sequence = 0; sequence < 20; sequence++) uplink.take(callerFrame({ sequence }), 1);
    uplink.take(callerFrame({ sequence: 20, level: 2_000 }), 2);
    uplink.take(callerFrame({ sequence: 21 }), 3);
    expect([uplink.acknowledge(), uplink.acknowledge()]).toEqual([11, -1]);
    uplink.answered();
    expect([uplink.acknowledge(), uplink.heardUpTo(false), uplink.heardUpTo(true)]).toEqual([-1, 11, 21]);
    uplink.settled(uplink.unsettled!);
    expect(uplink.acknowledge()).toBe(21);
  });

  it('drops frames that came before, so that a replay after a reconnect is heard once', () => {
    const uplink = new Uplink();
    for (const sequence of [0, 1, 2]) uplink.take(callerFrame({ sequence }), 1);
    expect([1, 2, 3].map((sequence) => uplink.take(callerFrame({ sequence }), 1))).toEqual(['stale', 'stale', 'fresh']);
    expect(uplink.lostFrames).toBe(0);
  });

  it('remembers when there was last a voice', () => {
    const uplink = new Uplink();
    uplink.take(callerFrame({ sequence: 0, level: 5_000 }), 100);
    uplink.take(callerFrame({ sequence: 1, level: 100 }), 140);
    uplink.take(callerFrame({ sequence: 2, level: -5_000 }), 180);
    expect(uplink.lastVoiceAt).toBe(180);
    uplink.take(callerFrame({ sequence: 3 }), 220);
    expect(uplink.lastVoiceAt).toBe(180);
  });

  it('hears no voice in a frame that came before', () => {
    const uplink = new Uplink();
    uplink.take(callerFrame({ sequence: 1 }), 100);
    uplink.take(callerFrame({ sequence: 0, level: 5_000 }), 140);
    expect(uplink.lastVoiceAt).toBe(0);
  });
});

describe('the downlink', () => {
  const stamp = (downlink: Downlink, turn: number, sampleBytes: number) => {
    const frame = newAgentFrame(sampleBytes).fill(0xff);
    downlink.stamp(frame, turn);
    const audio = contentOf(frame);
    return { ...readAudioHeader(audio), reserved: audio[1] };
  };

  it('numbers frames over all turns, and samples within each', () => {
    const downlink = new Downlink();
    expect([stamp(downlink, 2, 960), stamp(downlink, 2, 480), stamp(downlink, 4, 960), stamp(downlink, 4, 2)]).toEqual([
      { kind: 2, reserved: 0, turn: 2, sequence: 0, timestamp: 0 },
      { kind: 2, reserved: 0, turn: 2, sequence: 1, timestamp: 480 },
      { kind: 2, reserved: 0, turn: 4, sequence: 2, timestamp: 0 },
      { kind: 2, reserved: 0, turn: 4, sequence: 3, timestamp: 480 },
    ]);
  });

  it('leaves the samples as they are', () => {
    const frame = newAgentFrame(4);
    frame.set([1, 2, 3, 4], AGENT_FRAME_ROOM_BYTES);
    new Downlink().stamp(frame, 1);
    expect([...contentOf(frame).subarray(12)]).toEqual([1, 2, 3, 4]);
  });

  it('knows how much audio of the current turn there is, in ms', () => {
    const downlink = new Downlink();
    expect(downlink.generatedMs(1)).toBe(0);
    stamp(downlink, 1, 9_600);
    stamp(downlink, 1, 4_800);
    expect([downlink.generatedMs(1), downlink.generatedMs(2)]).toEqual([300, 0]);
    stamp(downlink, 2, 48);
    expect([downlink.generatedMs(1), downlink.generatedMs(2)]).toEqual([0, 1]);
  });

  it('gives a turn beyond 65,535 the number modulo 65,536', () => {
    expect(stamp(new Downlink(), 65_537, 480)).toMatchObject({ turn: 1 });
  });
});
