import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { signCallToken } from '@orbisvoice/accounts/call-tokens/call-token';
import { DerivedKeys } from '@orbisvoice/accounts/credentials/derived-keys';
import { MAX_MESSAGE_BYTES, VOICE_SUBPROTOCOL } from '@orbisvoice/client/protocol/constants';
import { startService, type RunningService } from '@orbisvoice/service-kit/service';
import { createSimulator, type Simulator } from '@orbisvoice/simulator/create-simulator';
import { voiceGatewayService } from '@orbisvoice/voice-gateway/service';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEndpoint, type Endpoint } from '../../services/tools/test/endpoint.js';
import type { StoredConversation } from '../support/api-client.js';
import { BackgroundCall } from '../support/background-call.js';
import { RawCaller, audioFrame, refusedUpgrade } from '../support/raw-caller.js';
import { startTestPlatform, type TestPlatform } from '../support/test-platform.js';

const ACCOUNTS_SECRET = 'a secret of the tests, long enough to be taken for one';
const ORIGIN = 'https://shop.example';
const TYPES = 'call.start, input.text, playback.position, tool.result, call.end';
const NOT_STARTED = 'The first message must be call.start.';
/** A call whose client was lost may wait for it to come back before it ends. */
const LOST_TIMEOUT_MS = 60_000;

jest.setTimeout(90_000);

let test: TestPlatform;
let simulator: Simulator;
/** Tools may call this one; it redirects to the other, which nobody opened. */
let endpoint: Endpoint;
let internal: Endpoint;
let agentId: string;
let url: string;
let background: BackgroundCall;
let slow: SlowCases;

beforeAll(async () => {
  simulator = createSimulator();
  await simulator.listen();
  internal = await startEndpoint();
  endpoint = await startEndpoint(() => `${internal.url}/secret`);
  test = await startTestPlatform({
    gemini: { apiKey: 'a-key', baseUrl: simulator.url },
    environment: {
      ACCOUNTS_API_KEY_JWT_SECRET: ACCOUNTS_SECRET,
      TOOLS_OUTBOUND_ALLOW: `127.0.0.1:${endpoint.port}`,
      VOICE_GATEWAY_PROVIDER_SETUP_TIMEOUT_MS: '1500',
    },
  });
  url = test.platform.streamUrl;
  agentId = await test.api.createAgent();
  background = new BackgroundCall(test.api, url, agentId);
  await background.start();
  slow = await startSlowCases();
});

afterAll(async () => {
  await test?.stop();
  await simulator?.close();
  await endpoint?.stop();
  await internal?.stop();
});

const token = (id = agentId, origin?: string) => test.api.callToken(id, origin);

/** A token that the API would not give out. */
async function signedToken({ agent = agentId, lifetimeMs = 60_000 } = {}): Promise<string> {
  const grant = {
    jti: randomUUID(),
    organizationId: test.api.organizationId,
    agentId: agent,
    origin: '',
    subject: 'service:tests',
    draft: false,
    expiresAt: new Date(Date.now() + lifetimeMs),
  };
  return await signCallToken(grant, new DerivedKeys(ACCOUNTS_SECRET).callTokenKey);
}

/** What a client gets that is refused: all errors, and how it is closed. */
async function refusedStart(start: object | string | Uint8Array, headers: Record<string, string> = {}) {
  const caller = await RawCaller.connect(url, headers);
  if (start instanceof Uint8Array) caller.sendBinary(start);
  else caller.send(start);
  const { code, reason } = await caller.closed;
  return { errors: caller.errors, code, reason };
}

function error(kind: string, message: string, more: { field?: string; retryable?: boolean } = {}) {
  return { type: 'error', kind, message, retryable: false, ...more };
}

function said(conversation: StoredConversation): string[] {
  return conversation.turns.map((turn) => turn.generatedText.trim());
}

/** All that is stored about an agent's calls, once there are so many, and all have ended. */
async function conversationsOf(id: string, count: number): Promise<StoredConversation[]> {
  for (const deadline = Date.now() + 5_000; ; await sleep(50)) {
    const { items } = await test.api.request<{ items: { id: string }[] }>('GET', `/v1/conversations?agentId=${id}`);
    if (items.length >= count || Date.now() > deadline)
      return await Promise.all(items.map((each) => test.api.endedConversation(each.id)));
  }
}

describe('in a call', () => {
  /** Has the caller say something, before and after, and proves that the call lost nothing of it. */
  async function survives(misbehave: (caller: RawCaller) => Promise<void>): Promise<void> {
    const caller = await RawCaller.call(url, await token());
    const greeted = caller.answer();
    caller.say('My name is Ada');
    await greeted;
    await misbehave(caller);
    const recalled = caller.answer();
    caller.say('What is my name?');
    expect((await recalled).generated.trim()).toBe('Your name is Ada.');
    await caller.end();
    expect(await caller.closed).toMatchObject({ code: 1000 });
    const stored = await test.api.endedConversation(caller.conversationId);
    expect(said(stored)).toEqual(['My name is Ada', 'Nice to meet you, Ada.', 'What is my name?', 'Your name is Ada.']);
  }

  it('every wrong audio frame is answered with the rule that it breaks, and the call goes on', async () => {
    const sizes = 'must hold 320 to 6400 bytes of samples (10 to 200 ms at 16 kHz), not';
    const wrong: [frame: Uint8Array, field: string, rule: string][] = [
      [audioFrame({ sampleBytes: 318 }), 'audio', `${sizes} 318`],
      [audioFrame({ sampleBytes: 6_402 }), 'audio', `${sizes} 6402`],
      [audioFrame({ sampleBytes: 200_000 }), 'audio', `${sizes} 200000`],
      [audioFrame({ sampleBytes: 0 }), 'audio', `${sizes} 0`],
      [audioFrame({ sampleBytes: 641 }), 'audio', 'must hold whole 16-bit samples'],
      [new Uint8Array(0), 'audio', 'an audio frame begins with a header of 12 bytes'],
      [new Uint8Array(11).fill(1), 'audio', 'an audio frame begins with a header of 12 bytes'],
      [audioFrame({ kind: 2 }), 'audio.kind', "must be 1 in a client's frame"],
      [Buffer.from('{"type":"call.end"}'), 'audio.kind', "must be 1 in a client's frame"],
    ];
    await survives(async (caller) => {
      for (const [frame] of wrong) caller.sendBinary(frame);
      caller.sendBinary(audioFrame());
      expect(await caller.errorCount(wrong.length)).toEqual(
        wrong.map(([, field, rule]) => error('invalid_argument', `${field}: ${rule}`, { field })),
      );
      expect(await caller.first('audio.ack')).toEqual({ type: 'audio.ack', sequence: 0 });
    });
  });

  it('every wrong message is answered with the field and its rule, and the call goes on', async () => {
    const noJson = 'must be JSON; audio goes into binary messages';
    const wrong: [message: object | string, field: string, sentence: unknown][] = [
      ['audio as text', 'message', `message: ${noJson}`],
      ['{"type":"call.end"', 'message', `message: ${noJson}`],
      [' '.repeat(70_000), 'message', `message: must be at most ${MAX_MESSAGE_BYTES} bytes`],
      [{ type: 'dance' }, 'type', `type: must be one of ${TYPES}`],
      ['null', 'type', `type: must be one of ${TYPES}`],
      [[], 'type', `type: must be one of ${TYPES}`],
      [{ type: 'input.text' }, 'text', expect.stringMatching(/^text: /)],
      [{ type: 'input.text', text: 'x'.repeat(8_001) }, 'text', expect.stringMatching(/^text: /)],
      [{ type: 'playback.position', turn: 0, playedMs: 0 }, 'turn', expect.stringMatching(/^turn: /)],
      [{ type: 'playback.position', turn: 1, playedMs: -1 }, 'playedMs', expect.stringMatching(/^playedMs: /)],
      [{ type: 'tool.result', toolCallId: 'none' }, 'toolCallId', 'There is no client tool call with this id.'],
      [{ type: 'call.start', token: 'again' }, 'type', 'The call has started already.'],
    ];
    await survives(async (caller) => {
      for (const [message] of wrong) caller.send(message);
      expect(await caller.errorCount(wrong.length)).toEqual(
        wrong.map(([, field, sentence]) => error('invalid_argument', sentence as string, { field })),
      );
      caller.send({ type: 'playback.position', turn: 60_000, playedMs: 1 });
    });
  });

  it('a client that sends nothing but mistakes is hung up on after 50, with its turns stored', async () => {
    const caller = await RawCaller.call(url, await token());
    const answered = caller.answer();
    caller.say('My name is Ada');
    await answered;
    for (let i = 0; i < 60; i++) caller.send('nonsense');
    expect(await caller.closed).toMatchObject({ code: 1000 });
    expect(caller.errors).toHaveLength(50);
    const detail = 'the client sent 50 messages that are not valid';
    expect(caller.all('call.ended')).toEqual([{ type: 'call.ended', reason: 'client_ended', detail }]);
    const stored = await test.api.endedConversation(caller.conversationId);
    expect(said(stored)).toEqual(['My name is Ada', 'Nice to meet you, Ada.']);
  });
});

describe('a first message that is no call.start', () => {
  it.each([
    ['audio', audioFrame(), error('invalid_argument', NOT_STARTED)],
    ['1 byte', new Uint8Array(1), error('invalid_argument', NOT_STARTED)],
    ['another message', { type: 'call.end' }, error('invalid_argument', NOT_STARTED)],
    [
      'a message of no known type',
      { type: 'dance' },
      error('invalid_argument', `type: must be one of ${TYPES}`, { field: 'type' }),
    ],
    [
      'no JSON',
      'GET / HTTP/1.1',
      error('invalid_argument', 'message: must be JSON; audio goes into binary messages', { field: 'message' }),
    ],
    [
      'a message of 70 kB',
      { type: 'call.start', token: 'x'.repeat(70_000) },
      error('invalid_argument', `message: must be at most ${MAX_MESSAGE_BYTES} bytes`, { field: 'message' }),
    ],
  ])('but %s is answered and closed with 4400', async (_, first, answer) => {
    expect(await refusedStart(first)).toEqual({ errors: [answer], code: 4400, reason: 'invalid_argument' });
  });

  it('is the last one: a call.start behind it starts nothing and spends no token', async () => {
    const callToken = await token();
    const caller = await RawCaller.connect(url);
    caller.sendBinary(audioFrame());
    caller.send({ type: 'call.start', token: callToken });
    expect(await caller.closed).toMatchObject({ code: 4400 });
    expect(caller.messages).toEqual([error('invalid_argument', NOT_STARTED)]);
    const second = await RawCaller.call(url, callToken);
    await second.end();
  });
});

describe('a call token', () => {
  const refusal = (message: string, field: string) => ({
    errors: [error('unauthenticated', message, { field })],
    code: 4401,
    reason: 'unauthenticated',
  });

  it('that is missing is named as the field at fault', async () => {
    expect(await refusedStart({ type: 'call.start' })).toEqual({
      errors: [error('invalid_argument', expect.stringMatching(/^token: /) as never, { field: 'token' })],
      code: 4400,
      reason: 'invalid_argument',
    });
  });

  it.each([
    ['is garbage', async () => 'garbage', 'The call token is not valid.'],
    ['was tampered with', async () => (await token()).slice(0, -4) + 'AAAA', 'The call token is not valid.'],
    ['is an API key', async () => test.api.apiKey, 'The call token is not valid.'],
    ['has expired', () => signedToken({ lifetimeMs: -1_000 }), 'The call token has expired.'],
  ])('that %s is refused', async (_, make, sentence) => {
    expect(await refusedStart({ type: 'call.start', token: await make() })).toEqual(refusal(sentence, 'token'));
  });

  it('is good for one call', async () => {
    const callToken = await token();
    const caller = await RawCaller.call(url, callToken);
    expect(await refusedStart({ type: 'call.start', token: callToken })).toEqual(
      refusal('The call token was already used.', 'token'),
    );
    await caller.end();
    expect(caller.errors).toEqual([]);
  });

  it('is good for one agent', async () => {
    const other = await test.api.createAgent();
    const start = { type: 'call.start', token: await token(), agentId: other };
    expect(await refusedStart(start)).toEqual(refusal('The call token is for another agent.', 'agentId'));
  });

  it("of another organization opens none of this one's agents", async () => {
    const theirs = await test.stranger.createAgent();
    const start = { type: 'call.start', token: await test.stranger.callToken(theirs), agentId };
    expect(await refusedStart(start)).toEqual(refusal('The call token is for another agent.', 'agentId'));
  });

  it.each([
    ['bound to an origin, from another', ORIGIN, { origin: 'https://evil.example' }],
    ['bound to an origin, from none', ORIGIN, {}],
    ['bound to an origin, from an opaque one', ORIGIN, { origin: 'null' }],
    ['bound to none, from a page', undefined, { origin: ORIGIN }],
  ])('%s, is refused and not spent', async (_, bound, headers: Record<string, string>) => {
    const callToken = await token(agentId, bound);
    expect(await refusedStart({ type: 'call.start', token: callToken }, headers)).toEqual(
      refusal('The call token is for another origin.', 'origin'),
    );
    const rightful = await RawCaller.connect(url, bound === undefined ? {} : { origin: bound });
    rightful.send({ type: 'call.start', token: callToken });
    await rightful.first('call.started');
    await rightful.end();
  });
});

describe('an agent', () => {
  it('that was never published can not be called', async () => {
    const draft = await test.api.createAgent({ publish: false });
    expect(await refusedStart({ type: 'call.start', token: await signedToken({ agent: draft }) })).toEqual({
      errors: [error('failed_precondition', 'The agent was never published.')],
      code: 4409,
      reason: 'failed_precondition',
    });
    expect(await conversationsOf(draft, 0)).toEqual([]);
  });

  it('of another organization is one that there is not', async () => {
    const theirs = await test.stranger.createAgent();
    expect(await refusedStart({ type: 'call.start', token: await signedToken({ agent: theirs }) })).toEqual({
      errors: [error('not_found', `There is no agent with id "${theirs}".`)],
      code: 4404,
      reason: 'not_found',
    });
  });
});

describe('an upgrade', () => {
  it('to another path is answered with 404', async () => {
    expect(await refusedUpgrade(url.replace('/stream', '/streams'), [VOICE_SUBPROTOCOL])).toMatchObject({
      status: 404,
      headers: { 'content-type': 'application/problem+json' },
      problem: { status: 404, title: 'Not Found', detail: 'WebSocket connections go to /stream.' },
    });
  });

  it.each([[[]], [['orbisvoice.v2']]])('that offers the subprotocols %j is answered with 400', async (offered) => {
    expect(await refusedUpgrade(url, offered)).toMatchObject({
      status: 400,
      problem: { status: 400, detail: 'Offer the subprotocol orbisvoice.v1 in Sec-WebSocket-Protocol.' },
    });
  });
});

describe('a gateway that holds as many calls as it may', () => {
  let full: RunningService;
  let fullUrl: string;
  beforeAll(async () => {
    full = await anotherGateway(simulator, { VOICE_GATEWAY_MAX_CALLS: '1' });
    fullUrl = streamUrl(full);
  });
  afterAll(async () => full?.stop());

  it('answers with 503 and when to try again, and takes the next call when one has ended', async () => {
    const held = await RawCaller.call(fullUrl, await token());
    expect(await refusedUpgrade(fullUrl, [VOICE_SUBPROTOCOL])).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.stringMatching(/^[2-5]$/) },
      problem: { status: 503, detail: 'This gateway takes no more calls at the moment.' },
    });
    await held.end();
    expect(held.errors).toEqual([]);
    const next = await RawCaller.call(fullUrl, await token());
    await next.end();
  });

  it('tells a client that got in while another one was away from its call, and leaves that call alone', async () => {
    const held = await RawCaller.call(fullUrl, await token());
    held.socket.terminate();
    await sleep(200);
    const newcomer = await RawCaller.connect(fullUrl);
    newcomer.send({ type: 'call.start', token: await token() });
    expect(await newcomer.closed).toEqual({ code: 4503, reason: 'unavailable' });
    expect(newcomer.errors).toEqual([
      error('unavailable', 'This gateway takes no more calls at the moment.', { retryable: true }),
    ]);
    const back = await RawCaller.connect(fullUrl);
    const { resumeTicket } = held.all('call.started')[0]!;
    back.send({ type: 'call.start', token: await token(), resumeTicket });
    expect((await back.first('call.started')).conversationId).toBe(held.conversationId);
    await back.end();
  });
});

describe('a provider', () => {
  /** Starts a call that never gets on. */
  async function failedStart() {
    const agent = await test.api.createAgent();
    const caller = await RawCaller.connect(url);
    caller.send({ type: 'call.start', token: await token(agent) });
    const { code, reason } = await caller.closed;
    const stored = await conversationsOf(agent, 1);
    return {
      messages: caller.messages.filter((message) => message.type !== 'ping'),
      code,
      reason,
      stored: stored.map(({ endReason, turns }) => ({ endReason, turns })),
    };
  }

  it.each([
    ['refuses the key', { refuseKey: true }, 'The model provider refused the session.'],
    ['never answers the set-up', { neverAnswerSetup: true }, 'The model provider did not answer.'],
    ['answers with 503', { handshakeStatus: 503 as const }, 'The model provider can not be reached at the moment.'],
    ['answers with 429', { handshakeStatus: 429 as const }, 'The model provider can not be reached at the moment.'],
  ])(
    'that %s ends the call with a sentence, and the next call is not held up',
    async (_, fault, sentence) => {
      simulator.setFaults(fault);
      const failed = await failedStart();
      simulator.setFaults({});
      expect(failed).toEqual({
        // A refused key stays refused; all else may pass. What never started has no call.ended.
        messages: [error('unavailable', sentence, { retryable: !('refuseKey' in fault) })],
        code: 4503,
        reason: 'provider_failed',
        stored: [{ endReason: 'provider_failed', turns: [] }],
      });
      const next = await RawCaller.call(url, await token());
      await next.end();
    },
    30_000,
  );

  it('that closes in the middle of an answer, and does not come back, ends the call with its turns stored', async () => {
    const { caller, closed, stored } = await slow.providerLost;
    expect(closed).toEqual({ code: 1000, reason: 'provider_failed' });
    expect(caller.errors).toEqual([
      error('unavailable', 'The connection to the model provider was lost.', { retryable: true }),
    ]);
    expect(caller.messages.at(-1)).toEqual({ type: 'call.ended', reason: 'provider_failed' });
    expect(stored.endReason).toBe('provider_failed');
    expect(said(stored)).toEqual([
      'My name is Ada',
      'Nice to meet you, Ada.',
      'Tell me a story',
      expect.stringMatching(/^Once upon a time/),
    ]);
  });
});

describe('a tool', () => {
  interface ToolCase {
    path: string;
    outcome: string;
    /** What the caller hears, among other words. */
    spoken: string;
    timeoutMs?: number;
  }
  const cases: Record<string, ToolCase> = {
    'that answers with 500': {
      path: '/status/500',
      outcome: 'failed',
      spoken: `The service has a problem of its own.`,
    },
    'that answers with 503': {
      path: '/status/503',
      outcome: 'failed',
      spoken: `The service has a problem of its own.`,
    },
    'that never answers': {
      path: '/hang',
      timeoutMs: 500,
      outcome: 'timed_out',
      spoken: `The service did not answer in time. It may have taken effect all the same.`,
    },
    'that answers with 100 MB': {
      path: '/huge',
      outcome: 'too_large',
      spoken: `The answer is too large to be read.`,
    },
    'that answers with HTML': {
      path: '/html',
      outcome: 'failed',
      spoken: `The service sent a web page instead of an answer.`,
    },
    'that hangs up': { path: '/cut', outcome: 'failed', spoken: 'that did not work' },
    'that redirects to a private address': {
      path: '/redirect',
      outcome: 'blocked',
      spoken: `This tool is not allowed to reach its service.`,
    },
  };

  async function callWith({ path, timeoutMs = 10_000 }: ToolCase) {
    const name = `look_up_order_${path.replaceAll(/\W/g, '')}`;
    const toolId = await test.api.createTool({
      name,
      description: 'Looks up an order.',
      timeoutMs,
      http: { method: 'POST', url: endpoint.url + path },
    });
    const caller = await RawCaller.call(url, await token(await test.api.createAgent({ toolIds: [toolId] })));
    const answer = caller.answer(/did not work/);
    caller.say('Look up my order');
    const { turn } = await answer;
    const again = caller.answer();
    caller.say('My name is Ada');
    await again;
    await caller.end();
    const stored = await test.api.endedConversation(caller.conversationId);
    return { name, caller, heard: caller.wordsHeard(turn), stored };
  }

  const results = new Map<string, Promise<Awaited<ReturnType<typeof callWith>>>>();
  beforeAll(() => {
    for (const [name, each] of Object.entries(cases)) {
      const result = callWith(each);
      result.catch(() => undefined); // its test throws it
      results.set(name, result);
    }
  });

  it.each(Object.entries(cases))(
    '%s is heard to have failed, is stored with how, and the call goes on',
    async (title, { outcome, spoken }) => {
      const { name, caller, heard, stored } = await results.get(title)!;
      expect(heard).toContain('I am sorry, that did not work: ');
      expect(heard).toContain(spoken);
      expect(caller.errors).toEqual([]);
      expect(caller.all('tool.finished')).toEqual([expect.objectContaining({ name, outcome })]);
      expect(stored.turns.flatMap((turn) => turn.toolCalls)).toEqual([
        expect.objectContaining({
          name,
          outcome,
          result: expect.objectContaining({ error: expect.any(String) }),
        }),
      ]);
      expect(said(stored)).toEqual(expect.arrayContaining(['Look up my order', 'My name is Ada']));
      expect(said(stored).at(-1)).toBe('Nice to meet you, Ada.');
    },
  );

  it('is not followed to the private address', async () => {
    await results.get('that redirects to a private address');
    expect(internal.seen).toEqual([]);
  });
});

/** A gateway beside the platform's, for what would disturb the other tests. */
async function anotherGateway(provider: Simulator, variables: Record<string, string> = {}): Promise<RunningService> {
  const { accounts, agents, tools, transcripts } = test.platform.addresses;
  return await startService(voiceGatewayService, {
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
      GEMINI_BASE_URL: provider.url,
      MAX_EVENT_LOOP_LAG_MS: '60000',
      ...variables,
    },
  });
}

function streamUrl(gateway: RunningService): string {
  return `ws://127.0.0.1:${gateway.httpPort}/stream`;
}

/** What takes long: begun first, looked at last. */
interface SlowCases {
  providerLost: ReturnType<typeof loseProvider>;
  saidNothing: Promise<{ messages: unknown[]; code: number; afterMs: number }>;
  vanished: Promise<StoredConversation>;
  silent: Promise<StoredConversation>;
  tooLarge: Promise<{ code: number; stored: StoredConversation }[]>;
}

async function startSlowCases(): Promise<SlowCases> {
  const slowCases = {
    providerLost: loseProvider(),
    saidNothing: sayNothing(),
    vanished: leave((caller) => caller.socket.terminate()),
    silent: leave((caller) => caller.socket.pause()),
    tooLarge: Promise.all([
      closedBy((caller) => caller.send('x'.repeat(4 * MAX_MESSAGE_BYTES + 1))),
      closedBy((caller) => caller.send({ type: 'input.text', text: 'x'.repeat(10_000_000) })),
      closedBy((caller) => caller.sendBinary(new Uint8Array(10_000_000))),
      closedBy((caller) => caller.socket.send(Buffer.from([0xc3, 0x28]), { binary: false })),
    ]),
  };
  for (const each of Object.values(slowCases)) each.catch(() => undefined); // its test throws it
  return slowCases;
}

async function sayNothing() {
  const startedAt = performance.now();
  const caller = await RawCaller.connect(url);
  const { code } = await caller.closed;
  return { messages: caller.messages, code, afterMs: performance.now() - startedAt };
}

/** Goes away in the middle of the agent's second answer, before it has heard anything of it. */
async function leave(go: (caller: RawCaller) => void): Promise<StoredConversation> {
  const caller = await RawCaller.call(url, await token());
  const answered = caller.answer();
  caller.say('My name is Ada');
  await answered;
  caller.playing = false;
  caller.say('Tell me a story');
  await caller.first('transcript.delta', ({ text, role }) => role === 'agent' && /lighthouse|keeper/.test(text));
  go(caller);
  return await test.api.endedConversation(caller.conversationId, LOST_TIMEOUT_MS);
}

/** The provider closes in the middle of the second answer, and is down from then on. */
async function loseProvider() {
  const provider = createSimulator();
  await provider.listen();
  const gateway = await anotherGateway(provider);
  try {
    const caller = await RawCaller.call(streamUrl(gateway), await token());
    const answered = caller.answer();
    caller.say('My name is Ada');
    await answered;
    caller.say('Tell me a story');
    await caller.first('transcript.delta', ({ text, role }) => role === 'agent' && /lighthouse|keeper/.test(text));
    provider.setFaults({ handshakeStatus: 503 });
    for (const each of provider.connections) each.close({ code: 1011, reason: 'Internal error encountered.' });
    const closed = await caller.closed;
    return { caller, closed, stored: await test.api.endedConversation(caller.conversationId) };
  } finally {
    await gateway.stop();
    await provider.close();
  }
}

async function closedBy(misbehave: (caller: RawCaller) => void) {
  const caller = await RawCaller.call(url, await token());
  const answered = caller.answer();
  caller.say('My name is Ada');
  await answered;
  misbehave(caller);
  const { code } = await caller.closed;
  return { code, stored: await test.api.endedConversation(caller.conversationId, LOST_TIMEOUT_MS) };
}

describe('a client', () => {
  it('that does not say what it wants is closed with 4408 after 5 s', async () => {
    const { messages, code, afterMs } = await slow.saidNothing;
    const sentence = 'The first message must be call.start and come within 5000 ms.';
    expect({ messages, code }).toEqual({
      messages: [error('deadline_exceeded', sentence, { retryable: true })],
      code: 4408,
    });
    expect(afterMs).toBeGreaterThan(4_900);
    expect(afterMs).toBeLessThan(8_000);
  });

  it('whose message is too large to be read is closed with 1009, one that is no text with 1007, and its turns are stored', async () => {
    const results = await slow.tooLarge;
    expect(results.map(({ code }) => code)).toEqual([1009, 1009, 1009, 1007]);
    for (const { stored } of results) {
      expect(stored.endReason).toBe('client_lost');
      expect(said(stored)).toEqual(['My name is Ada', 'Nice to meet you, Ada.']);
    }
  });

  it.each(['vanished', 'silent'] as const)(
    'that %s is found to be lost, and what it said and heard is stored',
    async (name) => {
      const stored = await slow[name];
      expect(stored.endReason).toBe('client_lost');
      expect(said(stored)).toEqual([
        'My name is Ada',
        'Nice to meet you, Ada.',
        'Tell me a story',
        expect.stringMatching(/^Once upon a time/),
      ]);
      expect(stored.turns.at(-1)).toMatchObject({ interrupted: true, heardText: '' });
    },
  );
});

describe('all the while, a call beside all this', () => {
  it('lost no word in either direction, felt no error, and is stored whole', async () => {
    await background.proveUnharmed();
  });
});
