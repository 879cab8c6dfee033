/** What a healthy provider does at times, over the whole stack. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STORY } from '@orbisvoice/simulator/mind/default-script';
import { FaultyProvider } from '../support/faulty-calls.js';

const FAULT = { code: 1011, reason: 'Internal error encountered.' };
const GREETING = 'Hello from the tests.';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a call whose provider', () => {
  const provider = new FaultyProvider();
  beforeAll(() => provider.start({}), 60_000);
  afterAll(() => provider.stop());

  it('transcribes the caller late and in pieces is stored question by question, each before its answer', async () => {
    const call = await provider.newCall('late', () => ({ transcribeLate: { lateMs: 1_200, betweenMs: 300 } }));
    await call.start();
    await call.ask('My name is Ada');
    await pause(1_500);
    await call.ask('What is my name?');
    await pause(1_500);
    await call.ask('Please count');
    const { lines } = await call.finish();
    expect(lines).toEqual([
      'user: My name is Ada',
      'agent: Nice to meet you, Ada.',
      'user: What is my name?',
      'agent: Your name is Ada.',
      'user: Please count',
      'agent: one two three four five six seven eight nine ten',
    ]);
    expect(call.errors).toEqual([]);
  }, 60_000);

  it('transcribes late and loses its connection during the answer gives one answer', async () => {
    const call = await provider.newCall('late-and-lost', (connection) => ({
      transcribeLate: { lateMs: 1_500 },
      ...(connection === 1 ? { dropAfter: { from: 'audio', afterMs: 2_200 } } : {}),
    }));
    await call.start();
    const all = call.nextAgentTurn(40_000, /we are listening too/);
    await call.say('Tell me a story');
    await all;
    const { said, answered } = await call.finish();
    expect(said).toEqual(['Tell me a story']);
    expect(answered.join(' ')).toBe(STORY);
    expect(call.handles).toHaveLength(2);
  }, 60_000);

  it('calls a tool without a word, long after the last sound, and thinks about its result keeps its session', async () => {
    const call = await provider.newCall('silent', () => ({ callToolsSilently: true, thinkAfterToolMs: 3_000 }));
    await call.start();
    await call.ask('My name is Ada');
    await pause(9_000);
    const { generated } = await call.ask('Look up my order');
    expect(generated).toContain('shipped');
    const { lines, toolCalls } = await call.finish();
    expect(lines).toHaveLength(4);
    expect(toolCalls.map(({ outcome }) => outcome)).toEqual(['ok']);
    expect(call.handles).toEqual(['']);
  }, 60_000);

  it('closes when it is asked for the greeting greets all the same, once', async () => {
    const call = await provider.newCall(
      'greeting',
      (connection) => (connection <= 2 ? { closeBeforeAnswer: FAULT } : {}),
      {
        greeting: GREETING,
      },
    );
    const greeting = call.nextAgentTurn(20_000);
    await call.start();
    expect((await greeting).generated.trim()).toBe(GREETING);
    await call.ask('My name is Ada');
    expect((await call.finish()).lines).toEqual([
      `agent: ${GREETING}`,
      'user: My name is Ada',
      'agent: Nice to meet you, Ada.',
    ]);
    expect(call.handles).toHaveLength(3);
  }, 60_000);

  it('closes in the middle of the greeting says the rest of it', async () => {
    const call = await provider.newCall(
      'half-greeting',
      (connection) => (connection === 1 ? { dropAfter: { from: 'audio', afterMs: 500 } } : {}),
      { greeting: `${GREETING} ${GREETING.toUpperCase()}` },
    );
    const greeting = call.nextAgentTurn(20_000, /TESTS/);
    await call.start();
    await greeting;
    const { answered } = await call.finish();
    expect(answered.join(' ')).toBe(`${GREETING} ${GREETING.toUpperCase()}`);
  }, 60_000);
});
