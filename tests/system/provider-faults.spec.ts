import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FaultPlan } from '@orbisvoice/simulator/faults/fault-plan';
import { FaultyProvider, type FaultsOf, type FaultyCall } from '../support/faulty-calls.js';
import { COUNT } from '../support/forgetful-script.js';

/** Of the two cores of a small machine, calls that listen and speak at once leave enough. */
const CALLS_AT_ONCE = 10;
const FAULT = { code: 1011, reason: 'Internal error encountered.' };
const DEADLINE = { code: 1011, reason: 'Deadline expired before operation could complete.' };
const INVALID = { code: 1007, reason: 'Request contains an invalid argument.' };
/** Ends a connection after its first answer. */
const LOST_LATER = { closeAfter: { from: 'audio', afterMs: 4_500, close: FAULT } } as const;
/** Everything of it at a third to a tenth of its real time. */
const ENVIRONMENT = {
  PROVIDER_SETUP_TIMEOUT_MS: '3000',
  PROVIDER_PING_INTERVAL_MS: '1000',
  PROVIDER_PING_TIMEOUT_MS: '4500',
};
const CONVERSATION = [
  'user: My name is Ada',
  'agent: Nice to meet you, Ada.',
  'user: What is my name?',
  'agent: Your name is Ada.',
];

describe('a call whose provider misbehaves', () => {
  const provider = new FaultyProvider();
  const experiences: { run: () => Promise<void>; done: PromiseWithResolvers<void> }[] = [];

  beforeAll(async () => {
    await provider.start(ENVIRONMENT);
    const waiting = [...experiences];
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift())
        await next.run().then(next.done.resolve, next.done.reject);
    };
    for (let n = 0; n < CALLS_AT_ONCE; n++) void work();
  }, 60_000);
  afterAll(() => provider.stop());

  /** A test whose call runs beside those of other tests. */
  function experience(
    title: string,
    faults: FaultPlan | FaultsOf,
    run: (call: FaultyCall, key: string) => Promise<void>,
  ): void {
    const key = `scenario${experiences.length}`;
    const done = Promise.withResolvers<void>();
    done.promise.catch(() => undefined);
    const faultsOf = typeof faults === 'function' ? faults : () => faults;
    experiences.push({ run: async () => run(await provider.newCall(key, faultsOf), key), done });
    it(title, () => done.promise, 150_000);
  }

  /** First connection, and those after it. */
  const firstThen =
    (first: FaultPlan, later: FaultPlan = {}): FaultsOf =>
    (connection) =>
      connection === 1 ? first : later;

  /** The caller has said a name, the connection has been lost, and the caller asks for it. */
  async function tellAndAsk(call: FaultyCall, sessions = 1): Promise<void> {
    await call.start();
    await call.ask('My name is Ada');
    await call.session(sessions);
    const answer = await call.ask('What is my name?');
    expect(answer.generated.trim()).toBe('Your name is Ada.');
    expect(call.wordsHeard(answer.turn).join(' ')).toBe('Your name is Ada.');
    expect((await call.finish()).lines).toEqual(CONVERSATION);
    expect(call.errors).toEqual([]);
  }

  const isResumed = (call: FaultyCall) => call.handles.at(-1) !== '';

  // How connections end

  experience(
    'notices nothing when the provider announces the end and closes',
    firstThen({ goAway: { from: 'audio', afterMs: 300, timeLeftMs: 6_000, close: { code: 1000, reason: '' } } }),
    async (call) => {
      await tellAndAsk(call, 2);
      expect(isResumed(call)).toBe(true);
    },
  );

  experience(
    'hears the rest of an answer when the provider announces the end and falls silent at once',
    firstThen({ goAway: { from: 'audio', afterMs: 1_000, timeLeftMs: 3_000, thenSilent: true } }),
    async (call) => {
      await call.start();
      await call.ask('Please count');
      await call.nextAgentTurn();
      const { said, answered } = await call.finish();
      expect(said).toEqual(['Please count']);
      expect(answered.join(' ')).toBe(COUNT);
    },
  );

  experience(
    "gets a tool's result, of one run, when the provider announces the end during the tool call",
    firstThen({ goAway: { from: 'toolCall', afterMs: 100, timeLeftMs: 2_500, close: FAULT } }),
    async (call, key) => {
      await call.start();
      await call.ask('My name is Ada');
      const result = call.nextAgentTurn(30_000, /shipped/);
      await call.say('Look up my order');
      await result;
      const { said, toolCalls } = await call.finish();
      expect(said).toEqual(['My name is Ada', 'Look up my order']);
      expect(toolCalls.map(({ outcome }) => outcome)).toEqual(['ok']);
      expect(provider.toolRuns.get(key)).toBe(1);
    },
  );

  experience(
    'is remembered although the provider gave no handle before the connection was lost',
    firstThen({ ...LOST_LATER, unresumableMs: 60_000 }),
    async (call) => {
      await tellAndAsk(call, 2);
      expect(call.handles).toEqual(['', '']);
    },
  );

  experience(
    'is answered everything once although every connection ends at a fixed age (1011)',
    { closeAfter: { afterMs: 5_000, close: DEADLINE } },
    async (call) => {
      await call.start();
      for (const question of ['My name is Ada', 'What is my name?', 'Thanks']) {
        await call.ask(question);
        await new Promise((resolve) => setTimeout(resolve, 1_500));
      }
      const { said, answered } = await call.finish();
      expect(said).toEqual(['My name is Ada', 'What is my name?', 'Thanks']);
      expect(answered.join(' ')).toBe("Nice to meet you, Ada. Your name is Ada. You're welcome, Ada.");
      expect(call.handles.length).toBeGreaterThan(1);
    },
  );

  experience(
    'notices nothing when the connection breaks off between two turns (1006)',
    firstThen({ dropAfter: { from: 'audio', afterMs: 4_500 } }),
    async (call) => {
      await tellAndAsk(call, 2);
      expect(isResumed(call)).toBe(true);
    },
  );

  experience(
    'is answered what was said into a half-open connection, by a fresh session, as the old one still counts as connected',
    firstThen({ halfOpenAfter: { from: 'audio', afterMs: 4_500 } }),
    async (call) => {
      await call.start();
      await call.ask('My name is Ada');
      await new Promise((resolve) => setTimeout(resolve, 3_500));
      expect((await call.ask('What is my name?')).generated.trim()).toBe('Your name is Ada.');
      expect((await call.finish()).lines).toEqual(CONVERSATION);
      expect(isResumed(call)).toBe(false);
    },
  );

  // How sessions are taken up again

  experience(
    'goes on in its session when that is refused as still connected for a while (1011)',
    firstThen({ ...LOST_LATER, lingerMs: 1_000 }),
    async (call) => {
      await tellAndAsk(call, 3);
      expect(isResumed(call)).toBe(true);
    },
  );

  experience(
    'goes on in a fresh session when its own is refused for ever (1007)',
    firstThen(LOST_LATER, { refuseResume: INVALID }),
    async (call) => {
      await tellAndAsk(call, 3);
      expect(isResumed(call)).toBe(false);
    },
  );

  experience(
    'can say it again when what was sent again makes the provider close (1007)',
    (connection) => (connection === 2 ? { refuseReplay: INVALID } : {}),
    async (call) => {
      await call.start();
      await call.ask('My name is Ada');
      const saying = call.say('What is my name?');
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      call.connection.drop();
      await saying;
      await call.session(3);
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      const answer = call.nextAgentTurn(60_000, /Your name is Ada/);
      await call.say('What is my name?');
      await answer;
      const { said, answered } = await call.finish();
      expect(said.at(-1)).toBe('What is my name?');
      expect(answered.at(-1)).toBe('Your name is Ada.');
      expect(call.handles).toHaveLength(3);
    },
  );

  experience(
    'is answered after a pause when its session generates nothing any more (a poisoned handle)',
    (connection) => [LOST_LATER, { poisoned: true }][connection - 1] ?? {},
    async (call) => {
      await tellAndAsk(call, 2);
      expect(call.handles.map((handle) => handle !== '')).toEqual([false, true, false]);
    },
  );

  experience(
    'is stored once when the provider transcribes it again after a resumption',
    firstThen(LOST_LATER, { repeatTranscript: true }),
    async (call) => {
      await tellAndAsk(call, 2);
      expect(isResumed(call)).toBe(true);
    },
  );

  experience(
    'ends before it starts when the provider refuses its set-up (1007)',
    { refuseSetup: INVALID },
    async (call) => {
      await expect(call.start()).rejects.toThrow();
      expect(call.handles).toEqual(['']);
    },
  );

  experience(
    'ends, stored up to there, when the provider refuses every later set-up (1007)',
    firstThen(LOST_LATER, { refuseSetup: INVALID }),
    async (call) => {
      await call.start();
      await call.ask('My name is Ada');
      const { lines, endReason } = await call.stored();
      expect(lines).toEqual(CONVERSATION.slice(0, 2));
      expect(endReason).toBe('provider_failed');
      expect(call.errors).toEqual([expect.stringContaining('The model provider refused the session.')]);
    },
  );

  experience(
    'goes on after the provider left its set-up unanswered',
    (connection) => [LOST_LATER, { neverAnswerSetup: true }][connection - 1] ?? {},
    async (call) => {
      await tellAndAsk(call, 3);
    },
  );

  // Liveness and pace

  experience('keeps its connection when pongs come late', { pongLateMs: 3_000 }, async (call) => {
    await call.start();
    await call.ask('My name is Ada');
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    await call.ask('What is my name?');
    expect((await call.finish()).lines).toEqual(CONVERSATION);
    expect(call.handles).toEqual(['']);
  });

  experience('hears every word of audio that comes slower than it plays', { pace: { speed: 0.7 } }, (call) =>
    tellAndAsk(call),
  );

  experience('hears every word of audio that comes in bursts', { pace: { burstMs: 1_500, aheadMs: 4_000 } }, (call) =>
    tellAndAsk(call),
  );

  experience(
    'hears the rest of an answer that froze in the middle',
    firstThen({ freezeOutputAfterMs: 1_500 }),
    async (call) => {
      await call.start();
      await call.ask('Please count');
      await call.nextAgentTurn();
      const { said, answered } = await call.finish();
      expect(said).toEqual(['Please count']);
      expect(answered.join(' ')).toBe(COUNT);
    },
  );

  experience('goes on when turnComplete comes late', { turnComplete: { lateMs: 4_000 } }, (call) => tellAndAsk(call));

  experience(
    'goes on when turnComplete comes in the middle of the next answer',
    { turnComplete: { lateMs: 6_500 } },
    (call) => tellAndAsk(call),
  );

  experience('goes on when turnComplete never comes', { turnComplete: 'never' }, (call) => tellAndAsk(call));

  // Messages and tools

  experience('is stored the same when the provider puts many fields into one message', { bundleMs: 100 }, (call) =>
    tellAndAsk(call),
  );

  experience('hears a beep where the provider sends one for speech, and has its text', { beep: true }, async (call) => {
    await call.start();
    const answer = await call.ask('My name is Ada');
    expect(call.wordsHeard(answer.turn)).toEqual([]);
    expect(call.voice.player.heard.at(-1)!.playedMs).toBeGreaterThan(1_000);
    expect((await call.finish()).lines).toEqual(CONVERSATION.slice(0, 2));
  });

  async function askForTime(call: FaultyCall) {
    await call.start();
    const told = call.nextAgentTurn(60_000, /\d/);
    await call.say('What is the time?');
    await told;
    const stored = await call.finish();
    expect(stored.said).toEqual(['What is the time?']);
    return stored;
  }

  experience(
    "gets a tool's result when audio goes on after the tool call",
    { audioAfterToolCallMs: 600 },
    async (call) => {
      const { toolCalls } = await askForTime(call);
      expect(toolCalls.map(({ outcome }) => outcome)).toEqual(['ok']);
    },
  );

  experience('has a tool run once when the provider repeats the call', { repeatToolCalls: true }, async (call) => {
    const { toolCalls } = await askForTime(call);
    expect(toolCalls.map(({ outcome }) => outcome)).toEqual(['ok']);
  });

  experience('has both of two parallel tool calls run', { parallelToolCalls: true }, async (call) => {
    const { toolCalls } = await askForTime(call);
    expect(toolCalls.map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
  });

  experience('goes on when the provider cancels a tool call half-way', { cancelToolsAfterMs: 500 }, async (call) => {
    await call.start();
    await call.ask('Look up my order');
    await call.ask('My name is Ada');
    const { said, answered, toolCalls } = await call.finish();
    expect(said).toEqual(['Look up my order', 'My name is Ada']);
    expect(answered.at(-1)).toBe('Nice to meet you, Ada.');
    expect(toolCalls.map(({ outcome }) => outcome)).toEqual(['cancelled']);
  });

  experience(
    'lets a tool finish when the provider interrupts without cancelling it, and says what it returned',
    { interruptWithoutCancelling: true },
    async (call, key) => {
      await call.start();
      const shipped = call.nextAgentTurn(60_000, /shipped/);
      await call.say('Look up my order');
      await call.nextHeardMs(300);
      await call.say('My name is Ada');
      await shipped;
      const { toolCalls } = await call.finish();
      expect(toolCalls).toMatchObject([{ outcome: 'ok', result: { status: 'shipped' } }]);
      expect(provider.toolRuns.get(key)).toBe(1);
    },
  );

  experience('answers a tool call without an id', { toolCallIds: 'omitted' }, async (call) => {
    const { toolCalls } = await askForTime(call);
    expect(toolCalls.map(({ outcome }) => outcome)).toEqual(['ok']);
  });

  experience(
    "answers each of two calls with the provider's same id",
    { toolCallIds: 'repeated' },
    async (call, key) => {
      await call.start();
      for (const [question, answer] of [
        ['What is the time?', /\d/] as const,
        ['Look up my order', /shipped/] as const,
      ]) {
        const told = call.nextAgentTurn(60_000, answer);
        await call.say(question);
        await told;
      }
      const { toolCalls } = await call.finish();
      expect(toolCalls).toMatchObject([{ outcome: 'ok' }, { outcome: 'ok', result: { status: 'shipped' } }]);
      expect(new Set(toolCalls.map(({ id }) => id)).size).toBe(2);
      expect(provider.toolRuns.get(key)).toBe(1);
    },
  );

  it('goes on when the next handshakes are answered with 429 and 503', async () => {
    await Promise.allSettled(experiences.map(({ done }) => done.promise));
    const call = await provider.newCall('handshakes', () => ({}));
    await call.start();
    await call.ask('My name is Ada');
    provider.handshakes.push(429, 503);
    call.connection.drop();
    await call.ask('What is my name?');
    expect(provider.handshakes).toEqual([]);
    expect((await call.finish()).lines).toEqual(CONVERSATION);
  }, 150_000);

  it('begins although its first handshakes are answered with 503 and 429', async () => {
    provider.handshakes.push(503, 429);
    const call = await provider.newCall('busy', () => ({}));
    await call.start();
    await call.ask('My name is Ada');
    expect(provider.handshakes).toEqual([]);
    expect((await call.finish()).lines).toEqual(CONVERSATION.slice(0, 2));
    expect(call.errors).toEqual([]);
  }, 60_000);

  it('ends before it starts, with an error that says to try again, when every handshake is answered with 503', async () => {
    provider.handshakes.push(...Array<503>(20).fill(503));
    const call = await provider.newCall('refused', () => ({}));
    const error: unknown = await call.start().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      kind: 'unavailable',
      message: 'The model provider can not be reached at the moment.',
      retryable: true,
    });
    // Tried more than once, and not for ever.
    const tried = 20 - provider.handshakes.splice(0).length;
    expect(tried).toBeGreaterThan(2);
    expect(tried).toBeLessThan(15);
    expect(call.handles).toEqual([]);
  }, 30_000);
});
