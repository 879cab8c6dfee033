import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSimulator, type Simulator } from '@orbisvoice/simulator/create-simulator';
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
