import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SimulatorConnection } from '@orbisvoice/simulator/connection/connection';
import { createSimulator, type Simulator } from '@orbisvoice/simulator/create-simulator';
import { FaultyProvider } from '../support/faulty-calls.js';
import { SpokenCall } from '../support/spoken-call.js';
import { startTestPlatform, type TestPlatform } from '../support/test-platform.js';

const TIME_TOOL = {
  name: 'current_time',
  description: 'The current date and time.',
  parameters: { type: 'object', properties: { timezone: { type: 'string' } } },
  builtIn: { function: 'current_time' },
};

describe("a call whose provider's connection does not last", () => {
  let simulator: Simulator;
  let test: TestPlatform;
  let agentId: string;

  beforeAll(async () => {
    simulator = createSimulator();
    const { url } = await simulator.listen({ port: 0, host: '127.0.0.1' });
    test = await startTestPlatform({ gemini: { apiKey: 'test', baseUrl: url } });
    const toolId = await test.api.createTool(TIME_TOOL);
    agentId = await test.api.createAgent({ toolIds: [toolId], model: 'simulated-live' });
  }, 60_000);
  afterAll(async () => {
    await test?.stop();
    await simulator?.close();
  });

  const newCall = () => new SpokenCall(test.platform.streamUrl, () => test.api.callToken(agentId));
  /** The connection that the newest call has now. */
  const connection = () => [...simulator.connections].at(-1)!;
  const storedTexts = async (id: string) =>
    (await test.api.endedConversation(id)).turns.map((turn) => `${turn.role}: ${turn.generatedText.trim()}`);

  it('goes on in the same session when the provider announces its end, and remembers what was said before', async () => {
    const call = newCall();
    const id = await call.start();
    await call.ask('My name is Ada');
    const before = connection();
    before.goAway(5_000, { code: 1011, reason: 'Deadline expired before operation could complete.' });
    const answer = await call.ask('What is my name?');
    expect(answer.generated.trim()).toBe('Your name is Ada.');
    expect(connection()).not.toBe(before);
    await call.end();
    expect(await storedTexts(id)).toEqual([
      'user: My name is Ada',
      'agent: Nice to meet you, Ada.',
      'user: What is my name?',
      'agent: Your name is Ada.',
    ]);
    expect(call.errors).toEqual([]);
  }, 60_000);

  it('answers a question that was asked while the connection was lost, without the caller asking again', async () => {
    const call = newCall();
    const id = await call.start();
    await call.ask('My name is Grace');
    const answer = call.nextAgentTurn();
    const saying = call.say('What is my name?');
    await new Promise((resolve) => setTimeout(resolve, 300));
    connection().drop();
    await saying;
    expect((await answer).generated.trim()).toBe('Your name is Grace.');
    await call.end();
    expect(await storedTexts(id)).toEqual([
      'user: My name is Grace',
      'agent: Nice to meet you, Grace.',
      'user: What is my name?',
      'agent: Your name is Grace.',
    ]);
  }, 60_000);

  it('says the rest of an answer that a fault cut off', async () => {
    const call = newCall();
    const id = await call.start();
    await call.ask('Hello');
    const cut = call.nextAgentTurn();
    await call.say('Tell me a story');
    await call.nextHeardMs(2_000);
    connection().close({ code: 1011, reason: 'Internal error encountered.' });
    const first = await cut;
    await call.nextHeardMs(2_000);
    await call.end();
    const stored = await test.api.endedConversation(id);
    const [beginning, rest] = stored.turns.filter((turn) => turn.role === 'agent').slice(-2);
    expect(beginning!.generatedText).toBe(first.generated);
    const story = `${beginning!.generatedText.trim()} ${rest!.generatedText.trim()}`;
    expect(
      'Once upon a time, a lighthouse keeper wanted to hear the whole world at once. She put a shell on every window sill and listened.',
    ).toContain(story.slice(0, 100));
  }, 60_000);

  it('goes on after the provider called something invalid (1007), without losing a turn', async () => {
    const call = newCall();
    const id = await call.start();
    await call.ask('Hello');
    connection().close({ code: 1007, reason: 'Request contains an invalid argument.' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await call.ask('Thanks');
    await call.end();
    expect((await test.api.endedConversation(id)).turns).toHaveLength(4);
  }, 60_000);
});

/** What a gateway counted of the replacements of its connections. */
interface Replacements {
  reason: string;
  result: string;
  count: number;
}

async function replacements(test: TestPlatform): Promise<Replacements[]> {
  const text = await (await fetch(test.platform.metricsUrl)).text();
  const lines = text.matchAll(/^orbisvoice_gateway_provider_reattachments_total\{(.*)\} (\d+)$/gm);
  const counted = [...lines].map(([, labels, count]) => ({
    reason: /reason="(.*?)"/.exec(labels!)![1]!,
    result: /result="(.*?)"/.exec(labels!)![1]!,
    count: Number(count),
  }));
  return counted.filter(({ count }) => count > 0);
}

describe.each([
  ['close-then-resume', true],
  ['make-before-break', false],
  ['make-before-break, where the provider wants the older connection closed first,', true],
])('a planned replacement: %s', (rotation, refuseResumeWhileOpen) => {
  let simulator: Simulator;
  let test: TestPlatform;
  let agentId: string;

  beforeAll(async () => {
    simulator = createSimulator({ refuseResumeWhileOpen });
    const { url } = await simulator.listen({ port: 0, host: '127.0.0.1' });
    test = await startTestPlatform({
      gemini: { apiKey: 'test', baseUrl: url },
      environment: { PROVIDER_ROTATION: rotation.split(',')[0]!, PROVIDER_ROTATE_AFTER_MS: '8000' },
    });
    agentId = await test.api.createAgent({ model: 'simulated-live' });
  }, 60_000);
  afterAll(async () => {
    await test?.stop();
    await simulator?.close();
  });

  it('loses no word and doubles none, whether the provider announces its end or the connection is old', async () => {
    const call = new SpokenCall(test.platform.streamUrl, () => test.api.callToken(agentId));
    const openAtOnce: number[] = [];
    simulator.on('setup', () => openAtOnce.push([...simulator.connections].filter(({ open }) => open).length));
    const id = await call.start();
    const conversation = [
      ['My name is Ada', 'Nice to meet you, Ada.'],
      ['What is my name?', 'Your name is Ada.'],
      ['Thanks', "You're welcome, Ada."],
      ['What is my name?', 'Your name is Ada.'],
    ] as const;
    const announced = new Set<SimulatorConnection>();
    for (const [question, answer] of conversation) {
      const inUse = [...simulator.connections].at(-1)!;
      inUse.goAway(30_000, { code: 1011, reason: 'Deadline expired.' });
      announced.add(inUse);
      const heard = await call.ask(question);
      expect(heard.generated.trim()).toBe(answer);
      expect(call.wordsHeard(heard.turn).join(' ')).toBe(answer);
    }
    // Whatever is announced has happened once the one after it is in use. That has no end in sight: only its age replaces it.
    const newest = () => [...simulator.connections].at(-1)!;
    await until(() => !announced.has(newest()));
    const unannounced = newest();
    await until(() => !unannounced.open);
    expect((await call.ask('What is my name?')).generated.trim()).toBe('Your name is Ada.');
    await call.end();
    const { turns } = await test.api.endedConversation(id);
    expect(turns.map(({ role, generatedText }) => `${role}: ${generatedText.trim()}`)).toEqual(
      [...conversation, ['What is my name?', 'Your name is Ada.']].flatMap(([question, answer]) => [
        `user: ${question}`,
        `agent: ${answer}`,
      ]),
    );
    expect(call.errors).toEqual([]);
    const counted = await replacements(test);
    expect(new Set(counted.map(({ reason }) => reason))).toEqual(new Set(['goaway', 'age']));
    expect(new Set(counted.map(({ result }) => result))).toEqual(new Set(['resumed']));
    // Two at once where the provider allows it, and only there.
    expect(Math.max(...openAtOnce)).toBe(refuseResumeWhileOpen ? 1 : 2);
  }, 90_000);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('what was heard of an interrupted answer', () => {
  const provider = new FaultyProvider();
  beforeAll(() => provider.start({}), 60_000);
  afterAll(() => provider.stop());

  /** Interrupts a long story by asking for it again, and returns what was heard and what came then. */
  async function repeat(call: SpokenCall, ask: (question: string) => Promise<void> | void) {
    const cut = call.nextAgentTurn();
    await call.say('Tell me a story');
    await call.nextHeardMs(4_000);
    const asked = ask('Repeat that');
    const { heard, generated, interrupted } = await cut;
    expect(interrupted).toBe(true);
    expect(heard.length).toBeGreaterThan(10);
    expect(heard.length).toBeLessThan(generated.length);
    const repeated = await call.nextAgentTurn();
    await asked;
    return { heard, repeated: repeated.generated.trim(), spoken: call.wordsHeard(repeated.turn).join(' ') };
  }

  it('is what the model repeats when it is asked to, and not what it generated', async () => {
    const call = await provider.newCall('heard', () => ({}));
    await call.start();
    const { heard, repeated, spoken } = await repeat(call, (question) => call.say(question));
    expect(repeated).toBe(heard);
    expect(spoken).toBe(heard);
    const { said, answered } = await call.finish();
    expect(said).toEqual(['Tell me a story', 'Repeat that']);
    expect(answered).toHaveLength(2);
  }, 60_000);

  it('is what the model repeats when the question is written', async () => {
    const call = await provider.newCall('heardWritten', () => ({}));
    await call.start();
    const { heard, repeated } = await repeat(call, (question) => call.voice.call.sendText(question));
    expect(repeated).toBe(heard);
    expect((await call.finish()).answered).toHaveLength(2);
  }, 60_000);

  it.each([
    ['the same session, after a resumption', {}, 'resumed'],
    ['a fresh session that was told the conversation', { refuseResume: { code: 1007, reason: 'No.' } }, 'fresh'],
  ])(
    'is what %s repeats',
    async (_, later, scenario) => {
      const call = await provider.newCall(scenario, (n) => (n === 1 ? {} : later));
      await call.start();
      const cut = call.nextAgentTurn();
      await call.say('Tell me a story');
      await call.nextHeardMs(4_000);
      // Makes a sound that is no word, and gets no answer.
      await call.voice.speak(new Int16Array(3_200).map((_sample, n) => 8_000 * Math.sin(n)));
      const { heard, generated } = await cut;
      expect(heard.length).toBeLessThan(generated.length);
      await new Promise((resolve) => setTimeout(resolve, 4_500));
      call.connection.drop();
      await call.session(2);
      const repeated = await call.ask('Repeat that');
      expect(repeated.generated.trim()).toBe(heard);
      expect(call.handles.at(-1) === '').toBe(scenario === 'fresh');
    },
    60_000,
  );

  it('reaches a model that takes no content in mid-session with the next connection, and ends no connection', async () => {
    const call = await provider.newCall('legacy', () => ({}), {
      model: 'gemini-3.1-flash-live-preview',
    });
    await call.start();
    const cut = call.nextAgentTurn();
    await call.say('Tell me a story');
    await call.nextHeardMs(4_000);
    await call.voice.speak(new Int16Array(3_200).map((_sample, n) => 8_000 * Math.sin(n)));
    const { heard } = await cut;
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    expect(call.handles).toHaveLength(1);
    call.connection.drop();
    await call.session(2);
    expect((await call.ask('Repeat that')).generated.trim()).toBe(heard);
  }, 60_000);
});

describe("a connection that the network has forgotten, with the gateway's own times", () => {
  const provider = new FaultyProvider();
  beforeAll(() => provider.start({ UPLINK_REPLAY_MS: '2000' }), 60_000);
  afterAll(() => provider.stop());

  it('is replaced soon after the caller has spoken into it, and what was said is answered', async () => {
    const call = await provider.newCall('forgotten', () => ({}));
    await call.start();
    await call.ask('My name is Ada');
    call.connection.halfOpen();
    const answer = call.nextAgentTurn(25_000);
    await call.say('What is my name?');
    expect((await answer).generated.trim()).toBe('Your name is Ada.');
    const { said, answered } = await call.finish();
    expect(said).toEqual(['My name is Ada', 'What is my name?']);
    expect(answered).toEqual(['Nice to meet you, Ada.', 'Your name is Ada.']);
  }, 60_000);

  it('takes with it what does not fit the memory of an utterance, and the client is told how much that is', async () => {
    const call = await provider.newCall('long', () => ({}));
    await call.start();
    await call.ask('My name is Ada');
    const answer = call.nextAgentTurn(40_000);
    const saying = call.say(Array<string>(5).fill('one two three four five six seven eight nine ten').join(' '));
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    call.connection.drop();
    await saying;
    await answer;
    await call.finish();
    expect(call.errors).toEqual([
      expect.stringMatching(/^unavailable: \d+ ms of what you said were lost with the model provider's connection\.$/),
    ]);
  }, 60_000);
});
