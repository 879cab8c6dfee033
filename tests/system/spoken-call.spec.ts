import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SpokenCall } from '../support/spoken-call.js';
import { startTestPlatform, type TestPlatform } from '../support/test-platform.js';

const TIME_TOOL = {
  name: 'current_time',
  description: 'The current date and time.',
  parameters: { type: 'object', properties: { timezone: { type: 'string' } } },
  builtIn: { function: 'current_time' },
};

describe('a spoken call of ten turns, with a tool call and a barge-in', () => {
  let test: TestPlatform;
  beforeAll(async () => {
    test = await startTestPlatform();
  }, 60_000);
  afterAll(async () => test?.stop());

  it('is stored word for word, and heard differs from generated exactly where the caller interrupted (S0-38, S0-53)', async () => {
    const toolId = await test.api.createTool(TIME_TOOL);
    const agentId = await test.api.createAgent({ greeting: 'Hello from the tests.', toolIds: [toolId] });
    const call = new SpokenCall(test.platform.streamUrl, () => test.api.callToken(agentId));
    const greeting = call.nextAgentTurn();
    const id = await call.start();
    expect(await greeting).toMatchObject({ generated: 'Hello from the tests.', interrupted: false });

    const said = ['Hello', 'My name is Ada', 'What is my name?', 'What time is it?', 'Who are you?'];
    for (const text of said) {
      // The model says that it is looking the time up, and then what it found: two turns.
      const answer = text.includes('time') ? call.nextAgentTurn(60_000, /\d/) : call.nextAgentTurn();
      await call.say(text);
      await answer;
    }

    const cut = call.nextAgentTurn();
    await call.say('Tell me a story');
    await call.nextHeardMs(3_000);
    await call.say('Thank you, that is enough');
    const story = await cut;
    await call.nextAgentTurn();
    const rest = ['Was that a story, or what did you say?', 'Thanks', 'Goodbye'];
    for (const text of rest) await call.ask(text);
    await call.end();

    const stored = await test.api.endedConversation(id);
    expect(call.errors).toEqual([]);
    expect(stored.endReason).toBe('client_ended');
    const users = stored.turns.filter((turn) => turn.role === 'user');
    expect(users.map((turn) => turn.generatedText.trim())).toEqual([
      ...said,
      'Tell me a story',
      'Thank you, that is enough',
      ...rest,
    ]);

    const agents = stored.turns.filter((turn) => turn.role === 'agent');
    const interrupted = agents.filter((turn) => turn.interrupted);
    expect(interrupted).toHaveLength(1);
    for (const turn of agents) {
      if (!turn.interrupted) expect(turn.heardText).toBe(turn.generatedText);
    }
    // What the caller's end could read from the audio that was played is what the record says was heard. Text comes beside its sound
    // in pieces of 200 ms, so the word in which the cut falls may count for one of them and not for the other.
    const [{ heardText, generatedText }] = interrupted as [(typeof interrupted)[number]];
    const recorded = heardText.trim().split(' ');
    const read = call.wordsHeard(story.turn);
    const told = generatedText.trim().split(' ');
    expect(told.length - recorded.length).toBeGreaterThan(0);
    expect(recorded).toEqual(told.slice(0, recorded.length));
    expect(read).toEqual(told.slice(0, read.length));
    expect(Math.abs(read.length - recorded.length)).toBeLessThanOrEqual(1);

    const toolCalls = stored.turns.flatMap((turn) => turn.toolCalls);
    expect(toolCalls).toEqual([expect.objectContaining({ name: 'current_time', outcome: 'ok' })]);

    // Every answer that was not interrupted was heard whole, word for word.
    for (const turn of call.turns.filter((candidate) => candidate.role === 'agent' && !candidate.interrupted)) {
      expect(call.wordsHeard(turn.turn).join(' ')).toBe(turn.generated.trim());
    }
  }, 180_000);
});
