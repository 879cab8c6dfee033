import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openBrowserSocket } from '../src/browser/browser-socket.js';
import { VoiceCall } from '../src/call/voice-call.js';
import { ScriptedGateway, until } from './scripted-gateway.js';

const getToken = () => Promise.resolve('token');

// Node has the browsers' WebSocket too, so their way of connecting is tested without a browser.
describe('VoiceCall over the WebSocket of the platform', () => {
  let gateway: ScriptedGateway;

  beforeEach(async () => {
    gateway = await ScriptedGateway.listen();
  });
  afterEach(() => gateway.close());

  function makeCall(): VoiceCall {
    return new VoiceCall({ url: gateway.url, getToken, openSocket: openBrowserSocket, endTimeoutMs: 200 });
  }

  it('starts, sends and receives audio, and ends', async () => {
    gateway.play((end) => end.start());
    const call = makeCall();
    const lengths: number[] = [];
    call.on('audioReceived', ({ samples }) => lengths.push(samples.length));
    await call.start();
    call.sendAudio(new Int16Array(640).fill(7));
    gateway.latest.sendAudio(2, new Int16Array(960));
    await until(() => lengths.length === 1 && gateway.latest.frames.length === 1);
    expect(lengths).toEqual([960]);
    expect(gateway.latest.frames[0]!.samples[639]).toBe(7);
    await call.end();
    await until(() => gateway.latest.closeCode === 1000);
  });

  it('says that the reason of a refused upgrade cannot be known here', async () => {
    gateway.refuse(503, 'Full');
    await expect(makeCall().start()).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('Browsers do not tell'),
      retryable: true,
    });
  });
});
