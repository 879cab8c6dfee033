import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { VOICE_SUBPROTOCOL } from '@orbisvoice/client/protocol/constants';
import { startService, type RunningService } from '@orbisvoice/service-kit/service';
import { createSimulator, type Simulator } from '@orbisvoice/simulator/create-simulator';
import { defaultScript, STORY } from '@orbisvoice/simulator/mind/default-script';
import { Admission } from '@orbisvoice/voice-gateway/admission/admission';
import { EventLoopLag } from '@orbisvoice/voice-gateway/admission/event-loop-lag';
import { voiceGatewayService } from '@orbisvoice/voice-gateway/service';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { BackgroundCall } from '../support/background-call.js';
import { audioFrame, RawCaller, refusedUpgrade } from '../support/raw-caller.js';
import { startTestPlatform, type TestPlatform } from '../support/test-platform.js';

const NO_PLACE = 'This gateway takes no more calls at the moment.';
/** Some 8 minutes of audio, 24 MB: more than the kernel and the gateway keep for a client together. */
const SAGA = { name: 'saga', match: /\bsaga\b/i, answer: Array.from({ length: 20 }, () => STORY).join(' ') };
/** 100 ms of silence. */
const FRAME_BYTES = 3_200;

jest.setTimeout(60_000);

let test: TestPlatform;
let simulator: Simulator;
let agentId: string;
const gateways: RunningService[] = [];

beforeAll(async () => {
  simulator = createSimulator({
    pace: { speed: 40 },
    script: { ...defaultScript, rules: [SAGA, ...defaultScript.rules] },
  });
  await simulator.listen();
  test = await startTestPlatform({ gemini: { apiKey: 'a-key', baseUrl: simulator.url } });
  agentId = await test.api.createAgent();
});

afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
});

afterAll(async () => {
  await test?.stop();
  await simulator?.close();
});

/** The machine of the tests is busy, so lag is no reason unless a test is about it. */
async function startGateway(variables: Record<string, string> = {}): Promise<{ gateway: RunningService; url: string }> {
  const { accounts, agents, tools, transcripts } = test.platform.addresses;
  const gateway = await startService(voiceGatewayService, {
    environment: {
      INTERNAL_AUTH_SECRET: test.internalAuthSecret,
      HOST: '127.0.0.1',
      PORT: '0',
      GRPC_PORT: '0',
      LOG_LEVEL: 'silent',
      ACCOUNTS_ADDRESS: accounts,
      AGENTS_ADDRESS: agents,
      TOOLS_ADDRESS: tools,
      TRANSCRIPTS_ADDRESS: transcripts,
      GEMINI_API_KEY: 'a-key',
      GEMINI_BASE_URL: simulator.url,
      MAX_EVENT_LOOP_LAG_MS: '60000',
      ...variables,
    },
  });
  gateways.push(gateway);
  return { gateway, url: `ws://127.0.0.1:${gateway.httpPort}/stream` };
}

const token = () => test.api.callToken(agentId);

/** A sample of a metric, 0 when there is none. `labels` as in `result="full"`. */
async function metric(gateway: RunningService, name: string, labels = ''): Promise<number> {
  const lines = (await gateway.registry.metrics()).split('\n');
  const line = lines.find((each) => new RegExp(`^orbisvoice_gateway_${name}[ {]`).test(each) && each.includes(labels));
  return Number(line?.split(' ').at(-1) ?? 0);
}

/** What a prober hears at /stream/health. It offers no subprotocol, as most of them. */
async function probe(url: string): Promise<{ messages: unknown[]; code: number }> {
  const socket = new WebSocket(`${url}/health`);
  const messages: unknown[] = [];
  socket.on('message', (data) => messages.push(JSON.parse((data as Buffer).toString())));
  const code = await new Promise<number>((resolve, reject) => socket.on('close', resolve).on('error', reject));
  return { messages, code };
}

const health = (status: string) => ({ messages: [{ type: 'health', status }], code: 1000 });

interface Attempt {
  result: 'call' | 'refused' | 'told' | 'broken';
  detail: unknown;
  socket: WebSocket;
}

/** Tries to call. A call that comes about is held until its socket is closed. */
async function attempt(url: string): Promise<Attempt> {
  const socket = new WebSocket(url, VOICE_SUBPROTOCOL);
  return await new Promise((resolve) => {
    const settle = (result: Attempt['result'], detail: unknown) => resolve({ result, detail, socket });
    socket.on('error', (error) => settle('broken', error));
    socket.on('close', (code, reason) => (code === 4503 ? settle('told', reason.toString()) : settle('broken', code)));
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        const { status, detail } = JSON.parse(body) as { status: number; detail: string };
        settle('refused', { status, detail, retryAfter: response.headers['retry-after'] });
      });
    });
    socket.on(
      'open',
      () => void token().then((each) => socket.send(JSON.stringify({ type: 'call.start', token: each }))),
    );
    socket.on('message', (data, isBinary) => {
      if (!isBinary && (data as Buffer).toString().includes('"call.started"')) settle('call', undefined);
    });
  });
}

describe('500 upgrades in 5 s at a gateway that takes 20 calls', () => {
  it('end as a call, as a clean 503 or, of those that came before it was full, with 4503, and a call that is on feels nothing', async () => {
    const { gateway, url } = await startGateway({ MAX_CALLS: '20' });
    const background = new BackgroundCall(test.api, url, agentId);
    await background.start();
    await sleep(3_000); // so that it talks before, during and after
    const attempts: Promise<Attempt>[] = [];
    for (const startedAt = Date.now(); attempts.length < 500; await sleep(10))
      while (attempts.length < 500 && attempts.length * 10 <= Date.now() - startedAt) attempts.push(attempt(url));
    const settled = await Promise.all(attempts);
    const by = (result: string) => settled.filter((each) => each.result === result);
    expect(by('broken').map(({ detail }) => detail)).toEqual([]);
    expect(by('call')).toHaveLength(19);
    const refusal = { status: 503, detail: NO_PLACE, retryAfter: expect.stringMatching(/^[2-5]$/) };
    for (const { detail } of by('refused')) expect(detail).toEqual(refusal);
    for (const { detail } of by('told')) expect(detail).toBe('unavailable');
    expect(by('refused').length).toBeGreaterThan(0);
    expect(new Set(by('refused').map(({ detail }) => (detail as { retryAfter: string }).retryAfter)).size).toBe(4);
    expect(await metric(gateway, 'calls_peak')).toBe(20);
    expect(await metric(gateway, 'ws_upgrades_total', 'result="full"')).toBe(by('refused').length);
    expect(await metric(gateway, 'load_ratio')).toBe(1);
    expect(await probe(url)).toEqual(health('full'));
    for (const { socket } of by('call')) socket.close(1000);
    await background.proveUnharmed();
    await sleep(200);
    expect(await metric(gateway, 'calls_active')).toBe(0);
    expect(await probe(url)).toEqual(health('ok'));
  });
});

describe('a client that stops reading', () => {
  it('loses audio, is told once when it reads again, and costs nobody else anything', async () => {
    const { gateway, url } = await startGateway();
    const background = new BackgroundCall(test.api, url, agentId);
    await background.start();
    const slow = await RawCaller.call(url, await token());
    slow.playing = false;
    slow.say('Tell me a saga');
    await slow.first('turn.started', ({ role }) => role === 'agent');
    slow.socket.pause();
    const dropped = () => metric(gateway, 'audio_frames_dropped_total', 'reason="client_slow"');
    for (let sequence = 0; (await dropped()) < 100; sequence++) {
      slow.sendBinary(audioFrame({ sequence, sampleBytes: FRAME_BYTES }));
      await sleep(100);
    }
    expect(slow.errors).toEqual([]);
    slow.socket.resume();
    const [told] = await slow.errorCount(1);
    expect(told).toEqual({
      type: 'error',
      kind: 'resource_exhausted',
      message: 'You read too slowly: audio is being dropped.',
      retryable: false,
    });
    const answer = slow.answer(/Ada/);
    slow.say('My name is Ada');
    expect((await answer).generated.trim()).toBe('Nice to meet you, Ada.');
    expect(slow.errors).toHaveLength(1);
    await slow.end();
    await background.proveUnharmed();
  });
});

describe('a client that sends audio', () => {
  let caller: RawCaller;
  let gateway: RunningService;
  let sequence: number;
  const send = (ms: number) => {
    for (let sentMs = 0; sentMs < ms; sentMs += 100)
      caller.sendBinary(audioFrame({ sequence: sequence++, sampleBytes: FRAME_BYTES }));
  };
  const answered = async () => {
    const answer = caller.answer(/Ada/);
    caller.say('My name is Ada');
    return (await answer).generated.trim();
  };
  const dropped = () => metric(gateway, 'audio_frames_dropped_total', 'reason="too_fast"');

  async function startCall(): Promise<void> {
    const started = await startGateway();
    ({ gateway } = started);
    caller = await RawCaller.call(started.url, await token());
    sequence = 0;
  }

  it('of 10 s at once, as after a reconnect, is heard whole', async () => {
    await startCall();
    send(10_000);
    expect(await answered()).toBe('Nice to meet you, Ada.');
    expect({ errors: caller.errors, dropped: await dropped() }).toEqual({ errors: [], dropped: 0 });
    await caller.end();
  });

  it('of a minute at once is told so once, and its call goes on', async () => {
    await startCall();
    send(60_000);
    expect(await answered()).toBe('Nice to meet you, Ada.');
    expect(caller.errors).toEqual([
      {
        type: 'error',
        kind: 'resource_exhausted',
        message: 'You send audio much faster than real time: frames are being dropped.',
        field: 'audio',
        retryable: false,
      },
    ]);
    expect(await dropped()).toBeGreaterThan(300);
    await caller.end();
  });
});

describe('a gateway', () => {
  it('refuses upgrades while its event loop lags, but not those of clients that come back to their call', async () => {
    const { gateway, url } = await startGateway({ MAX_EVENT_LOOP_LAG_MS: '100' });
    const lag = jest.spyOn(gateway.app.get(EventLoopLag), 'quantileMs').mockReturnValue(0);
    const held = await RawCaller.call(url, await token());
    lag.mockReturnValue(150);
    expect(await refusedUpgrade(url, [VOICE_SUBPROTOCOL])).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.stringMatching(/^[2-5]$/) },
      problem: { status: 503, detail: NO_PLACE },
    });
    expect(await probe(url)).toEqual(health('full'));
    expect(await metric(gateway, 'ws_upgrades_total', 'result="overloaded"')).toBe(1);
    expect(await metric(gateway, 'load_ratio')).toBe(1.5);
    expect(await metric(gateway, 'event_loop_lag_seconds', 'quantile="0.99"')).toBe(0.15);
    held.socket.terminate();
    await sleep(100);
    const back = await RawCaller.connect(`${url}?resume`);
    back.send({ type: 'call.start', token: await token(), resumeTicket: held.all('call.started')[0]!.resumeTicket });
    await back.first('call.started');
    const liar = await RawCaller.connect(`${url}?resume`);
    liar.send({ type: 'call.start', token: await token() });
    expect((await liar.closed).code).toBe(4503);
    lag.mockReturnValue(50);
    const next = await RawCaller.call(url, await token());
    await Promise.all([back.end(), next.end()]);
  });

  it('tells autoscaling from where on there should be more gateways', async () => {
    const { gateway } = await startGateway({ MAX_CALLS: '50' });
    expect(await metric(gateway, 'calls_capacity')).toBe(50);
    expect(await metric(gateway, 'calls_soft_capacity')).toBe(35);
    const other = await startGateway({ MAX_CALLS: '50', SOFT_MAX_CALLS: '10' });
    expect(await metric(other.gateway, 'calls_soft_capacity')).toBe(10);
  });

  it('does not count clients that have not started a call, and lets them go after 5 s', async () => {
    const { url } = await startGateway({ MAX_CALLS: '1' });
    const idle = await RawCaller.connect(url);
    const next = await RawCaller.call(url, await token());
    expect((await refusedUpgrade(url, [VOICE_SUBPROTOCOL])).status).toBe(503);
    expect((await idle.closed).code).toBe(4408);
    await next.end();
  });

  it('holds as many calls of an organization as it may, and tells the next one to try later', async () => {
    const { url } = await startGateway({ MAX_CALLS_PER_ORGANIZATION: '2' });
    const held = [await RawCaller.call(url, await token()), await RawCaller.call(url, await token())];
    const third = await RawCaller.connect(url);
    third.send({ type: 'call.start', token: await token() });
    expect(await third.closed).toEqual({ code: 4429, reason: 'resource_exhausted' });
    expect(third.errors).toEqual([
      {
        type: 'error',
        kind: 'resource_exhausted',
        message: 'The organization has 2 calls, and may not have more at once.',
        retryable: true,
      },
    ]);
    const stranger = await RawCaller.call(url, await test.stranger.callToken(await test.stranger.createAgent()));
    await Promise.all([held[0]!.end(), stranger.end()]);
    const next = await RawCaller.call(url, await token());
    await Promise.all([held[1]!.end(), next.end()]);
  });
});

describe('a health probe over WebSocket (S0-37)', () => {
  it('is answered and closed, and is no call', async () => {
    const { gateway, url } = await startGateway({ MAX_CALLS: '1' });
    for (let i = 0; i < 3; i++) expect(await probe(url)).toEqual(health('ok'));
    const call = await RawCaller.call(url, await token());
    expect(await probe(url)).toEqual(health('full'));
    await call.end();
    gateway.app.get(Admission).drain();
    expect(await probe(url)).toEqual(health('draining'));
    expect(await metric(gateway, 'ws_upgrades_total', 'result="probe"')).toBe(5);
    expect(await metric(gateway, 'ws_upgrades_total', 'result="accepted"')).toBe(1);
  });

  it('of many at once is answered or cut, and costs calls nothing', async () => {
    const { url } = await startGateway({ MAX_CALLS: '1' });
    const probes = await Promise.allSettled(Array.from({ length: 100 }, () => probe(url)));
    for (const each of probes) {
      if (each.status === 'fulfilled') expect(each.value).toEqual(health('ok'));
      else expect(each.status).toBe('rejected');
    }
    const call = await RawCaller.call(url, await token());
    await call.end();
  });
});
