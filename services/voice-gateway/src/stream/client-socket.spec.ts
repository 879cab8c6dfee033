import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { AUDIO_HEADER_BYTES } from '@orbisvoice/client/protocol/audio-frame';
import { AGENT_FRAME_ROOM_BYTES, contentOf, newAgentFrame } from '../provider/agent-frame.js';
import { ClientSocket } from './client-socket.js';

const MIB = 1024 * 1024;
/** Audio header and 200 ms of the agent's audio. */
const FRAME_BYTES = 9_612;
const newFrame = (contentBytes = FRAME_BYTES) => newAgentFrame(contentBytes - AUDIO_HEADER_BYTES);

let server: WebSocketServer;
let client: WebSocket;
let socket: WebSocket;
let link: ClientSocket;

beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [[WebSocket], unknown];
  link = new ClientSocket(socket);
});

afterEach(() => {
  client.terminate();
  server.close();
});

it.each([14, 124, 125, 126, 127, 4_812, 65_534, 65_535, 65_536, 65_537, 400_000])(
  'audio of %i bytes arrives as one message, between its neighbours',
  async (bytes) => {
    const received: string[] = [];
    client.on('message', (data, isBinary) => received.push((data as Buffer).toString(isBinary ? 'hex' : 'utf8')));
    const frame = newFrame(bytes).fill(0x5a);
    const content = contentOf(frame).toString('hex');
    link.heartbeat(-1);
    expect(link.sendAudio(frame)).toBe(true);
    link.send({ type: 'ping' });
    while (received.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(received).toEqual(['{"type":"ping"}', content, '{"type":"ping"}']);
  },
);

it('nothing is written to a connection that is closing', async () => {
  const received: unknown[] = [];
  client.on('message', (data) => received.push(data));
  link.close(1000, 'over');
  expect(link.sendAudio(newFrame())).toBe(true);
  const [code] = (await once(client, 'close')) as [number];
  expect([code, received]).toEqual([1000, []]);
});

describe('for a client that stops reading', () => {
  beforeEach(() => client.pause());

  it('at most 1 MiB of audio is kept, and what comes then is dropped', () => {
    let dropped = 0;
    for (let i = 0; i < 5_000; i++) if (!link.sendAudio(newFrame())) dropped += 1;
    expect(dropped).toBeGreaterThan(4_000);
    expect(socket.bufferedAmount).toBeLessThan(MIB + 2 * FRAME_BYTES);
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  it('messages are kept behind the audio, and arrive when it reads again', async () => {
    while (link.sendAudio(newFrame()));
    link.send({ type: 'ping' });
    const texts: string[] = [];
    client.on('message', (data, isBinary) => isBinary || texts.push((data as Buffer).toString()));
    client.resume();
    while (texts.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(texts).toEqual(['{"type":"ping"}']);
    expect(link.sendAudio(newFrame())).toBe(true);
  });

  it('what is kept stays as it was', async () => {
    const sent: string[] = [];
    const received: string[] = [];
    client.on('message', (data) => received.push((data as Buffer).toString('hex', 12, 20)));
    for (let n = 0; socket.bufferedAmount < MIB / 2; n++) {
      const frame = newFrame().fill(0);
      frame.writeDoubleLE(n, AGENT_FRAME_ROOM_BYTES);
      sent.push(frame.toString('hex', AGENT_FRAME_ROOM_BYTES, AGENT_FRAME_ROOM_BYTES + 8));
      link.sendAudio(frame);
    }
    client.resume();
    while (received.length < sent.length) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(received).toEqual(sent);
  });

  it('the connection is cut when even messages pile up', () => {
    for (let i = 0; i < 20_000 && socket.readyState === WebSocket.OPEN; i++)
      link.send({ type: 'transcript.delta', turn: 1, role: 'agent', text: 'x'.repeat(1_000) });
    expect(socket.readyState).not.toBe(WebSocket.OPEN);
  });
});
