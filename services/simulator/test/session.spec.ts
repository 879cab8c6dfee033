import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeUtterance } from '@orbisvoice/tone-code/encode';
import { type Simulator, createSimulator } from '../src/create-simulator.js';
import { STORY } from '../src/mind/default-script.js';
import { extendScript } from '../src/mind/mind-script.js';
import { defaultScript } from '../src/mind/default-script.js';
import { RawClient, heard, inputText, outputAudio, outputText } from './raw-client.js';

const WEATHER = {
  name: 'get_weather',
  description: 'The weather',
  parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const TOOLS = [{ functionDeclarations: [WEATHER] }];
const BLOCKING = [{ functionDeclarations: [{ ...WEATHER, behavior: 'BLOCKING' }] }];

let simulator: Simulator;
let failures: unknown[];

async function start(options: Parameters<typeof createSimulator>[0] = {}): Promise<void> {
  simulator = createSimulator({ voice: 'tone', pace: { speed: 20 }, ...options });
  failures = [];
  simulator.on('failure', (error) => failures.push(error));
  await simulator.listen();
}

beforeEach(() => start());
afterEach(async () => {
  await simulator.close();
  expect(failures).toEqual([]);
});

describe('hearing and speaking', () => {
  it('transcribes exactly what was said, answers, and speaks the answer word for word as it transcribes it', async () => {
    const client = await RawClient.start(simulator.url);
    client.say('Wie heißt du? 東京, who are you?');
    const messages = await client.turn();
    expect(inputText(messages)).toBe('Wie heißt du? 東京, who are you?');
    expect(outputText(messages)).toMatch(/^I am the OrbisVoice simulator/);
    expect(heard(outputAudio(messages))).toBe(outputText(messages));
  });

  it('hears input at the rate its MIME type names', async () => {
    const client = await RawClient.start(simulator.url);
    client.say('hello', 48_000);
    expect(inputText(await client.turn())).toBe('hello');
  });

  it('transcribes a damaged word as inaudible, and no other', async () => {
    const client = await RawClient.start(simulator.url);
    const samples = encodeUtterance('one two three', { sampleRateHz: 16_000 });
    samples.copyWithin(3500, 3580);
    client.sendAudio(Int16Array.from([...new Int16Array(1600), ...samples, ...new Int16Array(16_000)]));
    expect(inputText(await client.turn())).toBe('one [inaudible] three');
  });

  it('answers ordinary speech honestly', async () => {
    const client = await RawClient.start(simulator.url);
    const speech = Int16Array.from({ length: 16_000 }, (_, n) => 6000 * Math.sin(n / 9) * Math.sin(n / 700));
    client.sendAudio(speech);
    client.sendAudio(new Int16Array(16_000));
    const messages = await client.turn();
    expect(inputText(messages)).toBe('[inaudible]');
    expect(outputText(messages)).toContain('as a simulator I only understand');
  });

  it('ignores short noises and audio in another format', async () => {
    const client = await RawClient.start(simulator.url);
    client.sendAudio(Int16Array.from({ length: 1600 }, (_, n) => 6000 * Math.sin(n)));
    client.sendAudio(new Int16Array(16_000));
    client.send({ realtimeInput: { audio: { data: 'AAAA', mimeType: 'audio/opus' } } });
    client.send({ realtimeInput: { text: 'hello' } });
    expect(inputText(await client.turn())).toBe('');
    expect(simulator.stats.turns).toBe(1);
  });

  it('ends the turn at once on audioStreamEnd', async () => {
    const client = await RawClient.start(simulator.url);
    client.sendAudio(encodeUtterance('who are you', { sampleRateHz: 16_000 }));
    client.send({ realtimeInput: { audioStreamEnd: true } });
    expect(inputText(await client.turn())).toBe('who are you');
  });

  it('keeps to activityStart and activityEnd when detection is disabled', async () => {
    const client = await RawClient.start(simulator.url, {
      realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
    });
    client.say('not this');
    client.send({ realtimeInput: { activityStart: {} } });
    client.say('who are');
    client.say('you');
    client.send({ realtimeInput: { activityEnd: {} } });
    expect(inputText(await client.turn())).toBe('who are you');
  });

  it('sends no transcripts that were not asked for', async () => {
    const client = await RawClient.start(simulator.url, {
      inputAudioTranscription: undefined,
      outputAudioTranscription: undefined,
    });
    client.say('hello');
    const messages = await client.turn();
    expect(inputText(messages) + outputText(messages)).toBe('');
    expect(heard(outputAudio(messages))).toMatch(/^Hello/);
  });

  it('speaks intelligible speech by default', async () => {
    await simulator.close();
    await start({ voice: 'by-name' });
    const client = await RawClient.start(simulator.url);
    client.send({ realtimeInput: { text: 'hello' } });
    const messages = await client.turn();
    const audio = outputAudio(messages);
    expect(outputText(messages)).toBe('Hello. How can I help you?');
    expect(audio.length / 24_000).toBeGreaterThan(1.5);
    expect(Math.sqrt(audio.reduce((sum, sample) => sum + sample * sample, 0) / audio.length)).toBeGreaterThan(500);
    expect(heard(audio)).toBe('');
  });
});

describe('turns', () => {
  it('greets with the line it is told to say, by text or by content', async () => {
    const client = await RawClient.start(simulator.url);
    client.send({
      realtimeInput: {
        text: 'The call has just begun. Greet the caller by saying exactly: "Welcome to "Harbour", how can I help?"',
      },
    });
    expect(outputText(await client.turn())).toBe('Welcome to "Harbour", how can I help?');
    const other = await RawClient.start(simulator.url, {
      systemInstruction: { parts: [{ text: 'You are Mia.\nGreet callers with "Hi, Mia here."' }] },
    });
    other.send({
      clientContent: { turns: [{ role: 'user', parts: [{ text: 'Please greet the caller.' }] }], turnComplete: true },
    });
    expect(outputText(await other.turn())).toBe('Hi, Mia here.');
  });

  it('remembers and repeats', async () => {
    const client = await RawClient.start(simulator.url);
    for (const [said, answer] of [
      ['my name is Ada', 'Nice to meet you, Ada.'],
      ['what is my name', 'Your name is Ada.'],
      ['repeat that', 'Your name is Ada.'],
      ['goodbye', 'Goodbye, Ada. It was nice talking to you.'],
    ] as const) {
      const from = client.count;
      client.say(said);
      expect(outputText(await client.turn(from))).toBe(answer);
    }
  });

  it('repeats what it was told that the caller heard of an answer, not what it generated', async () => {
    const client = await RawClient.start(simulator.url);
    client.send({ realtimeInput: { text: 'tell me a story' } });
    await client.until((message) => message.serverContent?.modelTurn !== undefined);
    const note = '(The caller interrupted you and heard only this of your answer: "Once upon a time,")';
    client.send({ clientContent: { turns: [{ role: 'user', parts: [{ text: note }] }], turnComplete: false } });
    await client.turn();
    for (let times = 0; times < 2; times++) {
      const from = client.count;
      client.say('what did you say');
      expect(outputText(await client.turn(from))).toBe('Once upon a time,');
    }
  });

  it('goes on hearing a caller into whose words context is added', async () => {
    const client = await RawClient.start(simulator.url);
    const utterance = encodeUtterance('my name is Ada', { sampleRateHz: 16_000 });
    client.sendAudio(utterance.subarray(0, utterance.length / 2));
    client.send({ clientContent: { turns: [{ role: 'user', parts: [{ text: 'a note' }] }], turnComplete: false } });
    client.sendAudio(utterance.subarray(utterance.length / 2));
    client.sendAudio(new Int16Array(16_000));
    expect(outputText(await client.turn())).toBe('Nice to meet you, Ada.');
  });

  it('of 3.1 takes content only as the history that its set-up announced', async () => {
    const model = 'models/gemini-3.1-flash-live-preview';
    const content = { clientContent: { turns: [{ role: 'user', parts: [{ text: 'I am Bo.' }] }], turnComplete: true } };
    const refused = await RawClient.start(simulator.url, { model });
    refused.send(content);
    expect(await refused.closed).toMatchObject({ code: 1007 });

    const seeded = await RawClient.start(simulator.url, {
      model,
      historyConfig: { initialHistoryInClientContent: true },
    });
    seeded.send(content);
    seeded.send({ realtimeInput: { text: 'who are you' } });
    expect(outputText(await seeded.turn())).toMatch(/^I am the OrbisVoice simulator/);
    seeded.send(content);
    expect(await seeded.closed).toMatchObject({ code: 1007 });
  });

  it('waits with content that is not complete', async () => {
    const client = await RawClient.start(simulator.url);
    client.send({
      clientContent: { turns: [{ role: 'user', parts: [{ text: 'My name is Bo.' }] }], turnComplete: false },
    });
    client.send({ clientContent: { turns: [{ role: 'user', parts: [{ text: 'who are you' }] }], turnComplete: true } });
    expect(outputText(await client.turn())).toMatch(/^I am the OrbisVoice simulator/);
    expect(simulator.stats.turns).toBe(1);
    expect([...simulator.connections][0]?.history.map((entry) => entry.role)).toEqual(['user', 'user', 'model']);
  });

  it('ends a turn with generationComplete, then turnComplete with usage, after the time it takes to play', async () => {
    await simulator.close();
    await start({ pace: { speed: 4 } });
    const client = await RawClient.start(simulator.url);
    client.send({ realtimeInput: { text: 'who are you' } });
    const messages = await client.turn();
    expect(client.summary().slice(-2)).toEqual(['generationComplete', 'turnComplete+usageMetadata']);
    const playedMs = outputAudio(messages).length / 24;
    const audio = client.frames.filter((frame) => frame.text.includes('inlineData'));
    const tookMs = 4 * ((client.frames.at(-1)?.atMs ?? 0) - (audio[0]?.atMs ?? 0));
    expect(tookMs).toBeGreaterThan(playedMs - 20);
    expect(tookMs).toBeLessThan(playedMs + 4_000);
    // Sent ahead by at most 500 ms.
    audio.forEach((frame, n) =>
      expect(4 * (frame.atMs - (audio[0]?.atMs ?? 0))).toBeGreaterThan(200 * (n + 1) - 500 - 200),
    );
    expect(messages.at(-1)?.usageMetadata).toMatchObject({ responseTokenCount: Math.round(playedMs / 40) });
  });

  it('stops at the first sound of the user: interrupted, turnComplete, and no generationComplete', async () => {
    await simulator.close();
    await start({ pace: { speed: 2 } });
    const client = await RawClient.start(simulator.url);
    client.send({ realtimeInput: { text: 'tell me a story' } });
    await client.until((message) => message.serverContent?.outputTranscription?.text.includes('time') === true);
    const from = client.count;
    client.say('what is my name');
    await client.turn(from);
    const order = client.summary(from).filter((entry) => !entry.includes('modelTurn'));
    expect(order.slice(0, 2)).toEqual(['interrupted', 'turnComplete+usageMetadata']);
    await client.turn(client.messages.findIndex((message) => message.serverContent?.turnComplete) + 1);
    expect(inputText(client.messages.slice(from))).toBe('what is my name');
    const story = [...simulator.connections][0]?.history.find((entry) => entry.interrupted);
    expect(STORY.startsWith(story?.text ?? '?')).toBe(true);
    expect(simulator.stats.interruptions).toBe(1);
  });

  it('finishes first when interruptions are off, and answers then', async () => {
    const client = await RawClient.start(simulator.url, {
      realtimeInputConfig: { activityHandling: 'NO_INTERRUPTION' },
    });
    client.send({ realtimeInput: { text: 'tell me a story' } });
    await client.until((message) => message.serverContent?.modelTurn !== undefined);
    client.say('who are you');
    const first = await client.turn();
    expect(outputText(first)).toBe(STORY);
    expect(outputText(await client.turn(client.messages.indexOf(first.at(-1) ?? {}) + 1))).toMatch(/^I am/);
  });

  it('follows a changed context', async () => {
    const client = await RawClient.start(simulator.url);
    client.send({
      contextUpdate: { systemInstruction: { parts: [{ text: 'Greet with "New line."' }] }, tools: TOOLS },
    });
    client.send({ realtimeInput: { text: 'greet' } });
    expect(outputText(await client.turn())).toBe('New line.');
    client.send({ realtimeInput: { text: 'weather in Rome' } });
    await client.until((message) => message.toolCall?.functionCalls[0]?.name === 'get_weather');
  });

  it('plays the script it was given', async () => {
    await simulator.close();
    await start({
      script: extendScript(defaultScript, [
        { name: 'ping', match: /^ping$/, answer: 'pong' },
        { name: 'quiet', match: /^hush$/, answer: [] },
      ]),
    });
    const client = await RawClient.start(simulator.url);
    client.send({ realtimeInput: { text: 'hush' } });
    client.send({ realtimeInput: { text: 'ping' } });
    expect(outputText(await client.turn())).toBe('pong');
    expect(simulator.stats.turns).toBe(1);
  });
});

describe('tools', () => {
  const call = async (client: RawClient, from = 0) =>
    (await client.until((message) => message.toolCall !== undefined, from)).toolCall?.functionCalls[0] ?? {
      id: '',
      name: '',
      args: {},
    };
  const respond = (client: RawClient, id: string, response: unknown, more: object = {}) =>
    client.send({ toolResponse: { functionResponses: [{ id, name: 'get_weather', response, ...more }] } });

  it('calls a tool without blocking, trails audio behind it, and speaks the result in a turn of its own', async () => {
    const client = await RawClient.start(simulator.url, { tools: TOOLS });
    client.say('What is the weather in New York?');
    const { id, args } = await call(client);
    expect(id).toMatch(/^function-call-\d+$/);
    expect(args).toEqual({ city: 'New York' });
    respond(client, id, { output: { city: 'New York', temperatureC: 18, condition: 'sunny' } });
    const first = await client.turn();
    expect(outputText(first)).toBe('One moment, I am looking that up.');
    expect(client.summary().indexOf('toolCall')).toBeLessThan(
      client.summary().indexOf('modelTurn+outputTranscription'),
    );
    const second = await client.turn(first.length);
    expect(outputText(second)).toBe(
      'Here is what I found: city New York, temperature 18 degrees Celsius, condition sunny.',
    );
    expect(second.at(-1)?.usageMetadata?.totalTokenCount).toBeGreaterThan(0);
  });

  it('waits in the same turn for a blocking tool', async () => {
    const client = await RawClient.start(simulator.url, { tools: BLOCKING });
    client.send({ realtimeInput: { text: 'weather in Rome' } });
    const { id } = await call(client);
    respond(client, id, { output: 'Rain.' });
    const messages = await client.turn();
    expect(outputText(messages)).toBe('Here is what I found. Rain. One moment, I am looking that up.');
  });

  it('says so when a tool fails or its answer names no tool', async () => {
    const client = await RawClient.start(simulator.url, { tools: TOOLS });
    for (const [answer, reason] of [
      [
        { response: { error: { message: 'The weather service is away.' } }, name: 'get_weather' },
        'The weather service is away',
      ],
      [{ response: { output: 'fine' } }, 'the answer did not say which tool it came from'],
    ] as const) {
      const from = client.count;
      client.send({ realtimeInput: { text: 'weather in Rome' } });
      const { id } = await call(client, from);
      const first = await client.turn(from);
      client.send({ toolResponse: { functionResponses: [{ id, ...answer }] } });
      expect(outputText(await client.turn(from + first.length))).toBe(`I am sorry, that did not work: ${reason}.`);
    }
  });

  it('cancels the open tool call when the user interrupts', async () => {
    for (const tools of [TOOLS, BLOCKING]) {
      const client = await RawClient.start(simulator.url, { tools });
      client.send({ realtimeInput: { text: 'weather in Rome' } });
      const { id } = await call(client);
      client.say('who are you');
      const cancelled = await client.until((message) => message.toolCallCancellation !== undefined);
      expect(cancelled.toolCallCancellation?.ids).toEqual([id]);
      respond(client, id, { output: 'too late' });
      const first = await client.turn();
      expect(outputText(await client.turn(first.length))).toMatch(/^I am the OrbisVoice/);
      expect(simulator.stats.turns % 2).toBe(0);
    }
  });

  it('keeps a silent result to itself and lets an urgent one interrupt', async () => {
    const client = await RawClient.start(simulator.url, { tools: TOOLS });
    client.send({ realtimeInput: { text: 'weather in Rome' } });
    const first = await call(client);
    await client.turn();
    respond(client, first.id, { output: 'Rain.' }, { scheduling: 'SILENT' });
    let from = client.count;
    client.send({ realtimeInput: { text: 'weather in Oslo' } });
    const second = await call(client, from);
    const asked = await client.turn(from);
    from += asked.length;
    client.send({ realtimeInput: { text: 'tell me a story' } });
    await client.until((message) => message.serverContent?.modelTurn !== undefined, from);
    respond(client, second.id, { output: 'Snow.' }, { scheduling: 'INTERRUPT' });
    const story = await client.turn(from);
    expect(story.some((message) => message.serverContent?.interrupted)).toBe(true);
    expect(outputText(await client.turn(from + story.length))).toBe('Here is what I found. Snow.');
    expect(outputText(client.messages)).not.toContain('Rain');
  });

  it('goes on taking results that announce more', async () => {
    const client = await RawClient.start(simulator.url, { tools: TOOLS });
    client.send({ realtimeInput: { text: 'weather in Rome' } });
    const { id } = await call(client);
    const first = await client.turn();
    respond(client, id, { output: 'Rain.' }, { willContinue: true });
    const second = await client.turn(first.length);
    respond(client, id, { output: 'Sun.' });
    expect(outputText(await client.turn(first.length + second.length))).toBe('Here is what I found. Sun.');
  });
});

describe('resumption', () => {
  const handleOf = async (client: RawClient, from = 0) =>
    (await client.until((message) => message.sessionResumptionUpdate?.resumable === true, from)).sessionResumptionUpdate
      ?.newHandle ?? '';

  it('goes on with the conversation from a handle, once the older connection is closed', async () => {
    const client = await RawClient.start(simulator.url, { sessionResumption: {} });
    client.send({ realtimeInput: { text: 'my name is Ada' } });
    const handle = await handleOf(client);
    const early = new RawClient(simulator.url);
    await early.opened();
    early.send({ setup: { model: 'models/gemini-3.8-live', sessionResumption: { handle } } });
    expect(await early.closed).toMatchObject({ code: 1011 });
    client.close();
    await client.closed;
    const resumed = await RawClient.start(simulator.url, { sessionResumption: { handle } });
    resumed.send({ realtimeInput: { text: 'what is my name' } });
    expect(outputText(await resumed.turn())).toBe('Your name is Ada.');
    expect(simulator.stats.sessionsResumed).toBe(1);
  });

  it('says that it can not be resumed while it speaks or a tool is open', async () => {
    const client = await RawClient.start(simulator.url, { sessionResumption: {}, tools: TOOLS });
    client.send({ realtimeInput: { text: 'hello' } });
    await handleOf(client);
    const from = client.count;
    client.send({ realtimeInput: { text: 'weather in Rome' } });
    await client.turn(from);
    expect(client.messages[from]).toEqual({ sessionResumptionUpdate: { resumable: false } });
    const call = await client.until((message) => message.toolCall !== undefined);
    expect(client.messages.slice(from).some((message) => message.sessionResumptionUpdate?.resumable)).toBe(false);
    client.send({
      toolResponse: {
        functionResponses: [
          { id: call.toolCall?.functionCalls[0]?.id, name: 'get_weather', response: { output: 'ok then' } },
        ],
      },
    });
    await handleOf(client, from);
  });

  it('refuses a handle it does not know with 1007, and sends none unless asked', async () => {
    const client = new RawClient(simulator.url);
    await client.opened();
    client.send({ setup: { model: 'models/gemini-3.8-live', sessionResumption: { handle: 'nonsense' } } });
    expect(await client.closed).toMatchObject({ code: 1007 });
    const plain = await RawClient.start(simulator.url);
    plain.send({ realtimeInput: { text: 'hello' } });
    await plain.turn();
    expect(plain.summary()).not.toContain('sessionResumptionUpdate');
  });
});
