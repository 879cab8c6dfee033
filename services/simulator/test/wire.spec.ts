import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Simulator, createSimulator } from '../src/create-simulator.js';
import { encodePcm } from '../src/hearing/pcm.js';
import { RawClient, outputText } from './raw-client.js';

const METHOD = 'ws/google.ai.generativelanguage';
const SERVICE = 'GenerativeService.BidiGenerateContent';
const SETUP = { setup: { model: 'models/gemini-3.8-live' } };

let simulator: Simulator;
beforeAll(async () => {
  simulator = createSimulator({ voice: 'tone', pace: { speed: 20 }, apiKeys: ['test-key', 'other'] });
  await simulator.listen();
});
afterAll(() => simulator.close());

async function closeAfter(...frames: unknown[]): Promise<{ code: number; reason: string }> {
  const client = new RawClient(simulator.url);
  await client.opened();
  for (const frame of frames) client.send(frame);
  return client.closed;
}

describe('connecting', () => {
  it.each([
    `//${METHOD}.v1beta.${SERVICE}?key=test-key`,
    `/${METHOD}.v1beta.${SERVICE}?key=test-key`,
    `/${METHOD}.v1alpha.${SERVICE}?key=test-key`,
    `/${METHOD}.v1.${SERVICE}?key=test-key`,
    `/some/prefix/${METHOD}.v1beta.${SERVICE}?alt=x&key=other`,
  ])('accepts the address %s', async (path) => {
    const client = await RawClient.start(simulator.url, {}, { path });
    expect(client.socket.extensions).toBe('');
    expect(client.headers['x-simulated']).toBe('orbisvoice');
    client.close();
  });

  it.each(['', '?key='])('takes the key in a header as well: %p', async (query) => {
    const path = `/${METHOD}.v1beta.${SERVICE}${query}`;
    const client = await RawClient.start(simulator.url, {}, { path, headers: { 'x-goog-api-key': 'test-key' } });
    client.close();
    const wrong = new RawClient(simulator.url, { path, headers: { 'x-goog-api-key': 'wrong' } });
    expect((await wrong.closed).code).toBe(1007);
  });

  it('answers any other address with 404', async () => {
    const client = new RawClient(simulator.url, { path: '/ws/other?key=test-key' });
    await expect(client.opened()).rejects.toThrow('404');
    expect((await fetch(`${simulator.url}/nothing`)).status).toBe(404);
  });

  it('closes as Google does for a key that is missing or not valid', async () => {
    const wrong = new RawClient(simulator.url, { key: 'wrong' });
    expect(await wrong.closed).toEqual({ code: 1007, reason: 'API key not valid. Please pass a valid API key.' });
    const missing = new RawClient(simulator.url, { key: '' });
    expect((await missing.closed).code).toBe(1008);
    const token = new RawClient(simulator.url, {
      path: `//${METHOD}.v1alpha.${SERVICE}Constrained?access_token=auth_tokens/none`,
    });
    expect((await token.closed).code).toBe(1008);
  });

  it('keeps credentials out of what it shows of a connection', async () => {
    const client = await RawClient.start(simulator.url);
    expect([...simulator.connections].map((connection) => connection.path).join()).not.toContain('test-key');
    client.close();
  });
});

describe('frames', () => {
  it('sends binary frames of JSON with two spaces and a newline', async () => {
    const client = await RawClient.start(simulator.url);
    expect(client.frames[0]).toMatchObject({ binary: true, text: '{\n  "setupComplete": {}\n}\n' });
    client.close();
  });

  it('takes binary frames, snake_case keys and URL-safe base64', async () => {
    const client = new RawClient(simulator.url);
    await client.opened();
    client.socket.send(
      Buffer.from(
        JSON.stringify({
          setup: {
            model: 'models/gemini-3.8-live',
            output_audio_transcription: {},
            system_instruction: { parts: [{ text: 'x' }] },
          },
        }),
      ),
    );
    await client.until((message) => message.setupComplete !== undefined);
    const data = encodePcm(Int16Array.from({ length: 640 }, (_, n) => (n * 7919) % 60))
      .replaceAll('+', '-')
      .replaceAll('/', '_');
    client.send({ realtime_input: { media_chunks: [{ data, mime_type: 'audio/pcm;rate=16000' }] } });
    client.send({
      client_content: { turns: [{ role: 'user', parts: [{ text: 'who are you' }] }], turn_complete: true },
    });
    expect(outputText(await client.turn())).toMatch(/^I am/);
    client.close();
  });

  it('sends transcripts in small bits that never say finished, some beside audio', async () => {
    const client = await RawClient.start(simulator.url);
    client.say('incomprehensible');
    const messages = await client.turn();
    const bits = messages.flatMap((message) => message.serverContent?.inputTranscription ?? []);
    expect(bits.length).toBe(4);
    expect(JSON.stringify(messages)).not.toContain('finished');
    expect(client.summary()).toContain('modelTurn+outputTranscription');
    client.close();
  });
});

describe('what it refuses', () => {
  it.each([
    ['no setup first', [{ realtimeInput: { text: 'x' } }], 1007, /first message must be setup/],
    ['a second setup', [SETUP, SETUP], 1007, /setup can only be sent once/],
    ['two keys in a message', [SETUP, { realtimeInput: { text: 'x' }, clientContent: {} }], 1007, /exactly one/],
    ['no key in a message', [SETUP, {}], 1007, /exactly one/],
    ['an unknown key', [SETUP, { nonsense: {} }], 1007, /Unknown name "nonsense"/],
    ['what is not JSON', [SETUP, '{'], 1007, /Invalid JSON/],
    ['what is not an object', [SETUP, '[]'], 1007, /Invalid JSON/],
    [
      'audio that is not base64',
      [SETUP, { realtimeInput: { audio: { data: '*', mimeType: 'audio/pcm' } } }],
      1007,
      /base64/,
    ],
    [
      'manual activity without asking for it',
      [SETUP, { realtimeInput: { activityStart: {} } }],
      1007,
      /Explicit activity control/,
    ],
    [
      'a voice that Gemini does not have',
      [
        {
          setup: {
            model: 'models/simulated-live',
            generationConfig: { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Banana' } } } },
          },
        },
      ],
      1007,
      /the voice Banana is not available/,
    ],
    [
      'a model it does not know',
      [{ setup: { model: 'models/gpt' } }],
      1008,
      /models\/gpt is not found for API version v1beta/,
    ],
    [
      'text as its output',
      [{ setup: { ...SETUP.setup, generationConfig: { responseModalities: ['TEXT'] } } }],
      1007,
      /modality TEXT/,
    ],
    [
      'two outputs',
      [{ setup: { ...SETUP.setup, generationConfig: { responseModalities: ['TEXT', 'AUDIO'] } } }],
      1007,
      /one response modality/,
    ],
    [
      'proactive audio off, since 3.8',
      [{ setup: { ...SETUP.setup, proactivity: { proactiveAudio: false } } }],
      1007,
      /proactive audio/,
    ],
    ['an empty tool response', [SETUP, { toolResponse: { functionResponses: [] } }], 1007, /functionResponses/],
  ] as const)('%s', async (_name, frames, code, reason) => {
    const closed = await closeAfter(...frames);
    expect(closed).toEqual({ code, reason: expect.stringMatching(reason) });
    expect(Buffer.byteLength(closed.reason)).toBeLessThanOrEqual(123);
  });

  it('a frame of more than 16 MiB, while others go on', async () => {
    const other = await RawClient.start(simulator.url);
    const client = await RawClient.start(simulator.url);
    client.send(`{"realtimeInput":{"text":"${'x'.repeat(17 * 1024 * 1024)}"}}`);
    expect((await client.closed).code).toBe(1009);
    other.send({ realtimeInput: { text: 'hello' } });
    await other.turn();
    other.close();
  });
});

describe('the echo for load rigs', () => {
  it('answers each audio message with its own samples, half as many again', async () => {
    const client = await RawClient.start(simulator.url, { model: 'models/simulated-echo' });
    const samples = Int16Array.from({ length: 640 }, (_, n) => n * 3 - 900);
    for (let n = 0; n < 3; n++)
      client.send({ realtimeInput: { audio: { data: encodePcm(samples), mimeType: 'audio/pcm;rate=16000' } } });
    await client.until((_message) => client.count === 4);
    const expected = Int16Array.from([...samples, ...samples.subarray(0, 320)]);
    for (const message of client.messages.slice(1)) {
      expect(message).toEqual({
        serverContent: {
          modelTurn: {
            role: 'model',
            parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data: encodePcm(expected) } }],
          },
        },
      });
    }
    expect(client.frames[1]?.text).toBe(`${JSON.stringify(client.messages[1], null, 2)}\n`);
    client.close();
  });

  it('ends the turn when the caller has been silent for two seconds', async () => {
    const client = await RawClient.start(simulator.url, { model: 'models/simulated-echo' });
    for (let turn = 1; turn <= 2; turn++) {
      for (let n = 0; n < 2; n++)
        client.send({
          realtimeInput: { audio: { data: encodePcm(new Int16Array(640)), mimeType: 'audio/pcm;rate=16000' } },
        });
      await client.until((_message) => client.count === 1 + turn * 4);
      expect(client.messages.slice(-2)).toEqual([
        { serverContent: { generationComplete: true } },
        { serverContent: { turnComplete: true } },
      ]);
    }
    client.close();
  });

  it('leaves quiet audio unanswered when it is to echo speech only', async () => {
    const client = await RawClient.start(simulator.url, { model: 'models/simulated-echo-speech' });
    const say = (amplitude: number) => {
      const data = encodePcm(Int16Array.from({ length: 640 }, (_, n) => (n % 32 < 16 ? amplitude : -amplitude)));
      client.send({ realtimeInput: { audio: { data, mimeType: 'audio/pcm;rate=16000' } } });
    };
    for (const amplitude of [200, 5_000, 200, 6_000]) say(amplitude);
    await client.until((_message) => client.count === 3);
    const echoes = client.messages.slice(1).map((message) => JSON.stringify(message));
    expect(echoes).toHaveLength(2);
    expect(echoes[0]).not.toBe(echoes[1]);
    client.close();
  });

  it('is also chosen by a label', async () => {
    const client = await RawClient.start(simulator.url, { labels: { persona: 'echo' } });
    client.send({ realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data: 'AAAAAA==' } } });
    expect(
      (await client.until((message) => message.serverContent !== undefined)).serverContent?.modelTurn?.parts[0]
        ?.inlineData.data,
    ).toBe('AAAAAAAA');
    client.close();
  });
});

describe('TLS', () => {
  it('serves a certificate of its own that a client can trust', async () => {
    const { url, certificate } = await simulator.listen({ tls: true });
    const client = new RawClient(url, { ca: certificate });
    await client.opened();
    client.send(SETUP);
    await client.until((message) => message.setupComplete !== undefined);
    client.close();
    await expect(new RawClient(url).opened()).rejects.toThrow();
  });
});

describe('REST', () => {
  const post = (path: string, body: string, key = 'test-key') =>
    fetch(simulator.url + path, { method: 'POST', body, headers: { 'x-goog-api-key': key } });

  it('makes tokens that open as many sessions as they allow, with what they fix', async () => {
    const response = await post(
      '/v1alpha/auth_tokens',
      JSON.stringify({
        uses: 1,
        bidi_generate_content_setup: {
          model: 'models/simulated-live',
          output_audio_transcription: {},
          system_instruction: { parts: [{ text: 'Greet with "Fixed."' }] },
        },
      }),
    );
    const { name } = (await response.json()) as { name: string };
    expect(name).toMatch(/^auth_tokens\/\w+/);
    const path = `//${METHOD}.v1alpha.${SERVICE}Constrained?access_token=${name}`;
    const client = await RawClient.start(
      simulator.url,
      { systemInstruction: { parts: [{ text: 'Greet with "Mine."' }] } },
      { path },
    );
    client.send({ realtimeInput: { text: 'greet' } });
    expect(outputText(await client.turn())).toBe('Fixed.');
    client.close();
    const second = new RawClient(simulator.url, { path });
    await second.opened();
    second.send(SETUP);
    expect(await second.closed).toMatchObject({ code: 1008 });
  });

  it('answers in the format of Google errors', async () => {
    const wrongKey = await post('/v1alpha/auth_tokens', '{}', 'wrong');
    expect([wrongKey.status, await wrongKey.json()]).toEqual([
      400,
      { error: { code: 400, message: expect.stringContaining('API key not valid'), status: 'INVALID_ARGUMENT' } },
    ]);
    for (const body of [
      '{',
      '{"uses":-1}',
      '{"expireTime":"2001-01-01T00:00:00Z"}',
      '{"expireTime":"2999-01-01T00:00:00Z"}',
      `"${'x'.repeat(2 ** 21)}"`,
    ]) {
      expect((await post('/v1alpha/auth_tokens', body)).status).toBe(400);
    }
  });

  it('lists its models, labelled as simulated', async () => {
    const response = await fetch(`${simulator.url}/v1beta/models?key=test-key`);
    const { models } = (await response.json()) as { models: { name: string; displayName: string }[] };
    for (const model of models) expect(model.name + model.displayName).toMatch(/models\/simulated-.*simulated/);
  });
});
