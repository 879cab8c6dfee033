import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../src/call/wait-for.js';
import { NodeVoice } from '../src/node/node-voice.js';
import { ScriptedGateway, until } from './scripted-gateway.js';

describe('NodeVoice over a real WebSocket', () => {
  let gateway: ScriptedGateway;
  let voice: NodeVoice;

  beforeEach(async () => {
    gateway = await ScriptedGateway.listen();
    gateway.play((end) => end.start());
    voice = new NodeVoice({
      url: gateway.url,
      getToken: () => Promise.resolve('token'),
      recordMs: 60_000,
      endTimeoutMs: 100,
      socket: { origin: 'http://app.example' },
    });
    await voice.start();
  });
  afterEach(async () => {
    await voice.end();
    await gateway.close();
  });

  it('speaks in real time with silence around it', async () => {
    const samples = Int16Array.from({ length: 8_000 }, (_, index) => index + 1);
    const startedMs = performance.now();
    await voice.speak(samples);
    expect(performance.now() - startedMs).toBeGreaterThan(450);
    const { frames } = gateway.latest;
    await until(() => frames.some(({ samples: sent }) => sent.at(-1) === 0 && frames.length > 13));
    const sent = frames.flatMap((frame) => [...frame.samples]);
    const begin = sent.indexOf(1);
    expect(sent.slice(begin, begin + 8_000)).toEqual([...samples]);
  });

  it('reports what it hears and stops at an interruption', async () => {
    const end = gateway.latest;
    const samples = Int16Array.from({ length: 48_000 }, (_, index) => index % 20_000);
    end.send({ type: 'turn.started', turn: 2, role: 'agent' });
    end.sendAudio(2, samples);
    const positions = () =>
      end.messages.flatMap((message) => (message.type === 'playback.position' ? [message.playedMs] : []));
    await until(() => (positions().at(-1) ?? 0) > 500);
    end.send({ type: 'interrupted', turn: 2 });
    await waitFor(voice.call, 'interrupted');
    const [heard] = voice.player.heard;
    await until(() => positions().at(-1) === heard!.playedMs);
    expect(positions()[0]).toBeLessThan(60);
    expect(heard!.samples).toEqual(samples.slice(0, heard!.samples.length));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(voice.player.heard[0]!.playedMs).toBe(heard!.playedMs);
  });
});
