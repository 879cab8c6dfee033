import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SpokenCall } from '../support/spoken-call.js';
import { TcpProxy } from '../../bench/src/load/tcp-proxy.js';
import { startTestPlatform, type TestPlatform } from '../support/test-platform.js';

describe('a client that loses its network', () => {
  let test: TestPlatform;
  let agentId: string;
  let proxy: TcpProxy;

  beforeAll(async () => {
    test = await startTestPlatform({ environment: { VOICE_GATEWAY_CLIENT_GRACE_MS: '4000' } });
    agentId = await test.api.createAgent();
  }, 60_000);
  afterAll(async () => test?.stop());
  beforeEach(async () => {
    proxy = await TcpProxy.start(Number(new URL(test.platform.streamUrl).port));
  });
  afterEach(async () => proxy.stop());

  const newCall = () => new SpokenCall(`ws://127.0.0.1:${proxy.port}/stream`, () => test.api.callToken(agentId));

  it('comes back to the same call, and neither side loses or repeats a word', async () => {
    const call = newCall();
    const id = await call.start();
    await call.ask('My name is Ada');
    const answer = call.nextAgentTurn();
    const saying = call.say('What is my name?');
    await new Promise((resolve) => setTimeout(resolve, 250));
    proxy.cut();
    await saying;
    expect((await answer).generated.trim()).toBe('Your name is Ada.');
    await call.end();
    const stored = await test.api.endedConversation(id);
    expect(stored.turns.map((turn) => turn.generatedText.trim())).toEqual([
      'My name is Ada',
      'Nice to meet you, Ada.',
      'What is my name?',
      'Your name is Ada.',
    ]);
    expect(call.voice.call.stats.reconnects).toBe(1);
    expect(stored.endReason).toBe('client_ended');
  }, 60_000);

  it('notices by itself that its connection is half-open, within 3 s and a little', async () => {
    const call = newCall();
    await call.start();
    await call.ask('Hello');
    const frozenAt = performance.now();
    const back = new Promise<number>((resolve) =>
      call.voice.on('started', (started) => started.resumed && resolve(performance.now() - frozenAt)),
    );
    proxy.freeze();
    expect(await back).toBeLessThan(6_000);
    expect((await call.ask('Thanks')).generated.trim()).toBe("You're welcome.");
    await call.end();
  }, 60_000);

  it('hears the rest of what the agent said while it was away', async () => {
    const call = newCall();
    const id = await call.start();
    const story = call.nextAgentTurn();
    await call.say('Tell me a story');
    await call.nextHeardMs(1_500);
    proxy.cut();
    expect((await story).interrupted).toBe(false);
    await call.end();
    const [, told] = (await test.api.endedConversation(id)).turns;
    expect(told!.heardText).toBe(told!.generatedText);
  }, 90_000);

  it('ends the call when it stays away, with everything stored', async () => {
    const call = newCall();
    const id = await call.start();
    await call.ask('Hello');
    proxy.refuse(true);
    proxy.cut();
    const stored = await test.api.endedConversation(id, 10_000);
    expect(stored.endReason).toBe('client_lost');
    expect(stored.turns).toHaveLength(2);
  }, 60_000);

  it("can't take up another organization's call, nor one with a spent ticket", async () => {
    const call = newCall();
    const { resumeTicket } = await call.voice.start();
    const strangersAgent = await test.stranger.createAgent();
    const token = await test.stranger.callToken(strangersAgent);
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(test.platform.streamUrl, ['orbisvoice.v1']);
    const messages: { type: string; kind?: string; field?: string }[] = [];
    socket.on('message', (data) => messages.push(JSON.parse(data.toString())));
    socket.on('open', () => socket.send(JSON.stringify({ type: 'call.start', token, resumeTicket })));
    const code = await new Promise<number>((resolve) => socket.on('close', resolve));
    expect(messages).toEqual([
      expect.objectContaining({ type: 'error', kind: 'failed_precondition', field: 'resumeTicket' }),
    ]);
    expect(code).toBe(4409);
    await call.end();
  }, 30_000);
});
