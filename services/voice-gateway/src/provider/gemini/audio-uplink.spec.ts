import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { AUDIO_HEADER_BYTES } from '@orbisvoice/client/protocol/audio-frame';
import { WebSocket, WebSocketServer } from 'ws';
import { sendAudioMessage } from './audio-uplink.js';

let server: WebSocketServer;
let socket: WebSocket;
let provider: WebSocket;
let received: { text: boolean; message: { realtimeInput: { audio: { data: string; mimeType: string } } } }[];

beforeAll(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { perMessageDeflate: false });
  [[provider]] = (await Promise.all([once(server, 'connection'), once(socket, 'open')])) as [[WebSocket], unknown];
  provider.on('message', (data, isBinary) => {
    received.push({ text: !isBinary, message: JSON.parse((data as Buffer).toString()) as never });
  });
});
afterAll(() => {
  socket.terminate();
  server.close();
});
beforeEach(() => {
  received = [];
});

async function arrived(count: number): Promise<Buffer[]> {
  while (received.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
  return received.map(({ message }) => Buffer.from(message.realtimeInput.audio.data, 'base64'));
}

describe('audio for the model', () => {
  it("goes up as a text message of JSON, without the client's header", async () => {
    const samples = randomBytes(1_280);
    sendAudioMessage(socket, Buffer.concat([Buffer.alloc(AUDIO_HEADER_BYTES), samples]), AUDIO_HEADER_BYTES);
    await arrived(1);
    expect(received).toEqual([
      {
        text: true,
        message: { realtimeInput: { audio: { data: samples.toString('base64'), mimeType: 'audio/pcm;rate=16000' } } },
      },
    ]);
  });

  it('goes up whole, whatever its length, and however often', async () => {
    const sent = [2, 36, 38, 40, 42, 320, 640, 1_278, 3_200, 6_400, 49_000, 49_100, 60_000, 200_000].map((bytes) =>
      randomBytes(bytes),
    );
    for (const samples of sent) sendAudioMessage(socket, samples, 0);
    expect(await arrived(sent.length)).toEqual(sent);
  });

  it('stays as it was while the socket can not send it', async () => {
    provider.pause();
    const sent: Buffer[] = [];
    for (let more = 100; more > 0; more -= socket.bufferedAmount > 0 ? 1 : 0) {
      const samples = randomBytes(6_400);
      sent.push(samples);
      sendAudioMessage(socket, samples, 0);
      if (socket.bufferedAmount === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    provider.resume();
    const heard = await arrived(sent.length);
    expect(heard.every((samples, n) => samples.equals(sent[n]!))).toBe(true);
    // All of it has gone: the same place serves again.
    sendAudioMessage(socket, sent[0]!, 0);
    expect((await arrived(sent.length + 1)).at(-1)).toEqual(sent[0]);
  }, 30_000);
});
