import { describe, expect, it } from '@jest/globals';
import { AUDIO_HEADER_BYTES, readAudioHeader } from '../protocol/audio-frame.js';
import { AudioUplink } from './audio-uplink.js';

const FRAME_SAMPLES = 640; // 40 ms

class FakeSink {
  bufferedAmount = 0;
  readonly frames: Uint8Array[] = [];
  constructor(readonly heldBackPerFrame = 0) {}

  sendFrame(frame: Uint8Array): void {
    this.frames.push(frame);
    this.bufferedAmount += this.heldBackPerFrame;
  }

  get sequences(): number[] {
    return this.frames.map((frame) => readAudioHeader(frame).sequence);
  }

  get timestamps(): number[] {
    return this.frames.map((frame) => readAudioHeader(frame).timestamp);
  }
}

function filled(uplink: AudioUplink, frames: number, isConnected = true): AudioUplink {
  for (let index = 0; index < frames; index++) uplink.add(new Int16Array(FRAME_SAMPLES).fill(index), isConnected);
  return uplink;
}

describe('AudioUplink', () => {
  it('numbers frames from 0 and stamps them with the index of their first sample', () => {
    const sink = new FakeSink();
    filled(new AudioUplink(32_000), 3).flush(sink);
    expect(sink.sequences).toEqual([0, 1, 2]);
    expect(sink.timestamps).toEqual([0, 640, 1280]);
    expect(sink.frames[2]!.byteLength).toBe(AUDIO_HEADER_BYTES + 1280);
    expect(new Int16Array(sink.frames[2]!.buffer, AUDIO_HEADER_BYTES)[0]).toBe(2);
  });

  it('sends what was not acknowledged to the next connection, with the same numbers', () => {
    const uplink = filled(new AudioUplink(32_000), 5);
    uplink.flush(new FakeSink());
    uplink.acknowledge(2);
    expect(uplink.framesUnacknowledged).toBe(2);
    uplink.rewind();
    filled(uplink, 1);
    const sink = new FakeSink();
    uplink.flush(sink);
    expect(sink.sequences).toEqual([3, 4, 5]);
    expect(uplink.counts).toEqual({ framesSent: 6, framesDropped: 0, framesReplayed: 2 });
  });

  it('keeps at most 10 s without an acknowledgement and counts nothing as dropped that was sent', () => {
    const uplink = new AudioUplink(32_000);
    for (let index = 0; index < 300; index++) filled(uplink, 1).flush(new FakeSink());
    expect(uplink.framesUnacknowledged).toBe(250);
    expect(uplink.counts.framesDropped).toBe(0);
  });

  it('keeps the last 10 s while there is no connection', () => {
    const uplink = filled(new AudioUplink(1_000_000), 300, false);
    uplink.rewind();
    const sink = new FakeSink();
    uplink.flush(sink);
    expect(sink.timestamps).toEqual(Array.from({ length: 250 }, (_, index) => (index + 50) * FRAME_SAMPLES));
    expect(uplink.counts).toEqual({ framesSent: 250, framesDropped: 50, framesReplayed: 0 });
  });

  it('has the time of as much speech to send what was kept, and then drops the oldest that still wait', () => {
    const kept = () => {
      const uplink = filled(new AudioUplink(32_000), 200, false);
      uplink.rewind();
      return uplink;
    };
    const [fast, slow] = [kept(), kept()];
    for (let index = 0; index < 250; index++) {
      filled(fast, 1).flush(new FakeSink(20_000)); // takes two frames

      if (index % 2 === 0) filled(slow, 2).flush(new FakeSink(20_000));
    }
    expect([fast.counts.framesDropped, fast.counts.framesSent]).toEqual([0, 450]);
    expect([slow.counts.framesDropped, slow.counts.framesSent]).toEqual([152, 250]);
  });

  it('lets frames wait while the socket is full, drops the oldest after 2 s and leaves no gap in the numbers', () => {
    const full = new FakeSink();
    full.bufferedAmount = 40_000;
    const uplink = new AudioUplink(32_000);
    filled(uplink, 60).flush(full);
    expect(full.frames).toHaveLength(0);
    expect(uplink.counts.framesDropped).toBe(10);
    const sink = new FakeSink();
    uplink.flush(sink);
    expect(sink.sequences).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(sink.timestamps[0]).toBe(10 * FRAME_SAMPLES);
  });

  it('stops as soon as the socket holds back too much, and goes on later', () => {
    const sink = new FakeSink(1_292);
    const uplink = filled(new AudioUplink(3_000), 10);
    uplink.flush(sink);
    expect(sink.frames).toHaveLength(3);
    sink.bufferedAmount = 0;
    uplink.flush(sink);
    expect(sink.sequences).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('forgets what a new connection has already from the old one, before sending it again', () => {
    const uplink = filled(new AudioUplink(32_000), 4);
    uplink.flush(new FakeSink());
    uplink.rewind();
    uplink.acknowledge(2);
    const sink = new FakeSink();
    uplink.flush(sink);
    expect(sink.sequences).toEqual([3]);
  });
});
