import { describe, expect, it } from '@jest/globals';
import { defaultScript } from './default-script.js';
import {
  type MindContext,
  type MindInput,
  type Step,
  type ToolDeclaration,
  decide,
  decideAfterTool,
} from './mind-script.js';

const tool = (
  name: string,
  description: string,
  properties: object = {},
  required: string[] = [],
): ToolDeclaration => ({
  name,
  description,
  parameters: { type: 'OBJECT', properties: properties as never, required },
  behavior: 'NON_BLOCKING',
});
const TOOLS = [
  tool('get_current_time', 'Tells the time'),
  tool(
    'weather',
    'Forecast for a city',
    { city: { type: 'STRING' }, unit: { type: 'STRING', enum: ['celsius', 'fahrenheit'] } },
    ['city'],
  ),
  tool('orderStatus', 'Where a parcel is', { orderId: { type: 'string' } }, ['orderId']),
  tool('lookup', 'Opening hours of our shops', { day: { type: 'string' } }),
];
const context = (more: Partial<MindContext> = {}): MindContext => ({
  instruction: '',
  tools: TOOLS,
  facts: {},
  lastReply: '',
  history: [],
  ...more,
});
const ask = (text: string, more: Partial<MindContext> = {}, kind: MindInput['kind'] = 'words'): Step[] =>
  decide(defaultScript, { kind, text }, context(more));
const say = (text: string, more: Partial<MindContext> = {}) =>
  ask(text, more)
    .map((step) => ('say' in step ? step.say : ''))
    .join(' ');
const calls = (text: string, more: Partial<MindContext> = {}) =>
  ask(text, more).flatMap((step) => ('call' in step ? step.call : []));

describe('the default script', () => {
  it('promises what it has tools for, and nothing else', () => {
    expect(say('What can you do?')).toBe(
      'I can greet you, tell you a story, remember your name, and repeat myself. ' +
        'I was given tools, too. Ask me for: get current time, weather, order status, lookup.',
    );
    expect(say('What can you do?', { tools: [] })).toBe(
      'I can greet you, tell you a story, remember your name, and repeat myself.',
    );
  });

  it.each([
    ['What time is it?', { name: 'get_current_time', args: {} }],
    ['What is the weather in San Francisco tomorrow?', { name: 'weather', args: { city: 'San Francisco' } }],
    ['weather in paris in fahrenheit', { name: 'weather', args: { city: 'paris', unit: 'fahrenheit' } }],
    ['Where is my order AB-12?', { name: 'orderStatus', args: { orderId: 'AB-12' } }],
    ['what are your opening hours on Sunday', { name: 'lookup', args: { day: 'sunday' } }],
  ])('calls a fitting tool for %p', (text, call) => {
    expect(calls(text)).toEqual([call]);
  });

  it('calls nothing when no tool fits, and says what it lacks', () => {
    expect(calls('hello there, how are you?')).toEqual([]);
    expect(say('what time is it', { tools: [] })).toContain('no clock');
  });

  it.each([
    ['The call has just begun. Greet the caller by saying exactly: "Good day!"', '', 'Good day!'],
    ['greet me', 'Be kind.\nGreeting: Welcome aboard.', 'Welcome aboard.'],
    ['greet me', 'Greet everybody with “Salve.”', 'Salve.'],
    ['greet me', '', 'Hello, this is the OrbisVoice simulator. How can I help you?'],
  ])('greets (%p, %p)', (text, instruction, greeting) => {
    expect(say(text, { instruction })).toBe(greeting);
  });

  it('admits what it does not understand', () => {
    expect(ask('', {}, 'speech')).toEqual([{ say: expect.stringContaining('I only understand') }]);
    expect(say('blue [inaudible] green', { tools: [] })).toContain('did not reach me');
    expect(say('blue green', { tools: [] })).toBe(
      'You said: blue green. As a simulator I follow a script. Ask me what I can do.',
    );
  });

  it('tells a story that takes 20 to 30 s to speak', () => {
    const words = say('tell me a story').split(' ').length;
    expect(words / 2.8).toBeGreaterThan(20);
    expect(words / 2.8).toBeLessThan(33);
  });

  it.each([
    [{ output: { time: '14:05' } }, 'It is 14:05.'],
    [{ result: 'Noon' }, 'It is Noon.'],
    [{ error: 'timed out' }, 'I am sorry, that did not work: timed out.'],
    [
      { error: { kind: 'timeout', message: 'No answer in time.' } },
      'I am sorry, that did not work: No answer in time.',
    ],
    [{}, 'I looked, but the answer was empty.'],
    [{ output: { message: 'We open at nine.' } }, 'Here is what I found. We open at nine.'],
    [
      {
        output: [
          { name: 'a', inStock: true },
          { name: 'b', inStock: false },
        ],
      },
      'Here is what I found: name a, in stock yes, name b, in stock no.',
    ],
  ])('speaks what a tool answered: %j', (response, said) => {
    const name = /It is/.test(said) ? 'get_current_time' : 'other';
    expect(decideAfterTool(defaultScript, { name, args: {}, response }, context())).toEqual([{ say: said }]);
  });

  it('knows the name that it is told of as part of the conversation so far, and rather the one of this session', () => {
    const instruction = 'Be kind.\nCaller: My name is Ben\nCaller: call me Ada\nYou: My name is Orbis.';
    expect(say('What is my name?', { instruction })).toBe('Your name is Ada.');
    expect(say('Thanks', { instruction, facts: { name: 'Eve' } })).toBe("You're welcome, Eve.");
  });

  it('says the rest of an answer in a session that it knows only from what it is told', () => {
    const recap = (lines: string[]) =>
      `(The connection was interrupted, and you may have missed this:\n${[...lines, 'Now say the rest of your last answer.'].join('\n')})`;
    const asked = 'Caller: My name is Ada';
    expect(say(recap([asked, 'You: Nice to meet']))).toBe('you, Ada.');
    expect(say(recap([]), { instruction: `${asked}\nYou: Nice to` })).toBe('meet you, Ada.');
    expect(say(recap(['You: Hello.', asked]))).toBe('Nice to meet you, Ada.');
    expect(say(recap(['Caller: My name is Ben', 'You: Nice to meet you, Ben.', asked, 'You: Nice']))).toBe(
      'to meet you, Ada.',
    );
    expect(say(recap([asked, 'You: Nice to meet']), { lastReply: 'Nice to meet you, Ben.' })).toBe('you, Ada.');
    expect(say(recap(['You: Something else']))).toBe('I lost my thread. Where were we?');
  });
});
