import { describe, expect, it } from '@jest/globals';
import type { LiveServerMessage } from '@google/genai';
import type { ProviderListener, SessionSetup } from '../provider.js';
import { AGENT_FRAME_ROOM_BYTES } from '../agent-frame.js';
import {
  decodeAudio,
  deliver,
  noteMessage,
  parseDurationMs,
  setupMessage,
  takesNotes,
  textMessage,
  toolResponseMessage,
} from './gemini-messages.js';

const SAMPLES = Buffer.from([1, 2, 3, 4, 250, 251]);
const AUDIO_PART = { inlineData: { mimeType: 'audio/pcm;rate=24000', data: SAMPLES.toString('base64') } };

/** What a listener was told, in order; audio as its samples in hex. */
function heardOf(message: unknown): unknown[] {
  const told: unknown[] = [];
  const tell =
    (name: string) =>
    (...values: unknown[]) =>
      void told.push([name, ...values]);
  const listener: ProviderListener = {
    ready: tell('ready'),
    audio: (frame) => told.push(['audio', frame.toString('hex', AGENT_FRAME_ROOM_BYTES)]),
    inputTranscript: tell('inputTranscript'),
    outputTranscript: tell('outputTranscript'),
    interrupted: tell('interrupted'),
    generationComplete: tell('generationComplete'),
    turnComplete: tell('turnComplete'),
    toolCalls: tell('toolCalls'),
    toolCallsCancelled: tell('toolCallsCancelled'),
    usage: tell('usage'),
    resumable: tell('resumable'),
    goAway: tell('goAway'),
    closed: tell('closed'),
  };
  deliver(message as LiveServerMessage, listener);
  return told;
}

describe('a message of the provider', () => {
  it.each([
    [{ setupComplete: {} }, [['ready']]],
    [{ serverContent: { inputTranscription: { text: 'Hi' } } }, [['inputTranscript', 'Hi']]],
    [{ serverContent: { outputTranscription: { text: 'Yes' } } }, [['outputTranscript', 'Yes']]],
    [{ serverContent: { interrupted: true } }, [['interrupted']]],
    [{ serverContent: { generationComplete: true } }, [['generationComplete']]],
    [{ serverContent: { turnComplete: true } }, [['turnComplete']]],
    [
      { serverContent: { modelTurn: { parts: [AUDIO_PART, AUDIO_PART] } } },
      [
        ['audio', '01020304fafb'],
        ['audio', '01020304fafb'],
      ],
    ],
    [
      {
        toolCall: {
          functionCalls: [
            { id: '1', name: 'a', args: { x: 1 } },
            { id: '2', name: 'b' },
          ],
        },
      },
      [
        [
          'toolCalls',
          [
            { id: '1', name: 'a', arguments: { x: 1 } },
            { id: '2', name: 'b', arguments: {} },
          ],
        ],
      ],
    ],
    [{ toolCallCancellation: { ids: ['1', '2'] } }, [['toolCallsCancelled', ['1', '2']]]],
    [{ sessionResumptionUpdate: { newHandle: 'h', resumable: true } }, [['resumable', 'h']]],
    [{ sessionResumptionUpdate: { newHandle: 'h', resumable: false } }, [['resumable', undefined]]],
    [{ sessionResumptionUpdate: { resumable: true } }, [['resumable', undefined]]],
    [{ sessionResumptionUpdate: {} }, [['resumable', undefined]]],
    [{ goAway: { timeLeft: '50s' } }, [['goAway', 50_000]]],
    [
      { usageMetadata: { promptTokenCount: 1, responseTokenCount: 2, totalTokenCount: 3 } },
      [['usage', { promptTokens: 1, responseTokens: 2, totalTokens: 3 }]],
    ],
    [{ usageMetadata: {} }, [['usage', { promptTokens: 0, responseTokens: 0, totalTokens: 0 }]]],
  ])('%j is one thing', (message, told) => {
    expect(heardOf(message)).toEqual(told);
  });

  it('may be all of it at once: text goes before the audio it came with, the end of the turn after everything', () => {
    const message = {
      goAway: { timeLeft: '9s' },
      sessionResumptionUpdate: { newHandle: 'h', resumable: true },
      toolCallCancellation: { ids: ['0'] },
      toolCall: { functionCalls: [{ id: '1', name: 'a' }] },
      serverContent: {
        turnComplete: true,
        generationComplete: true,
        modelTurn: { parts: [AUDIO_PART] },
        outputTranscription: { text: 'Yes' },
        interrupted: true,
        inputTranscription: { text: 'Hi' },
      },
      usageMetadata: { totalTokenCount: 3 },
      setupComplete: {},
    };
    expect(heardOf(message).map((each) => (each as unknown[])[0])).toEqual([
      'ready',
      'usage',
      'inputTranscript',
      'interrupted',
      'outputTranscript',
      'audio',
      'toolCalls',
      'toolCallsCancelled',
      'generationComplete',
      'turnComplete',
      'resumable',
      'goAway',
    ]);
  });

  /** Every pair of fields, each bundled with the other: none hides another. */
  const fields: [string, object][] = [
    ['usage', { usageMetadata: { totalTokenCount: 1 } }],
    ['inputTranscript', { serverContent: { inputTranscription: { text: 'Hi' } } }],
    ['outputTranscript', { serverContent: { outputTranscription: { text: 'Yes' } } }],
    ['audio', { serverContent: { modelTurn: { parts: [AUDIO_PART] } } }],
    ['interrupted', { serverContent: { interrupted: true } }],
    ['generationComplete', { serverContent: { generationComplete: true } }],
    ['turnComplete', { serverContent: { turnComplete: true } }],
    ['toolCalls', { toolCall: { functionCalls: [{ id: '1', name: 'a' }] } }],
    ['toolCallsCancelled', { toolCallCancellation: { ids: ['1'] } }],
    ['resumable', { sessionResumptionUpdate: { newHandle: 'h', resumable: true } }],
    ['goAway', { goAway: { timeLeft: '1s' } }],
  ];
  const pairs = fields.flatMap(([a, left], i) => fields.slice(i + 1).map(([b, right]) => ({ a, b, left, right })));
  it.each(pairs)('may carry $a and $b together', ({ a, b, left, right }) => {
    const content = { ...serverContentOf(left), ...serverContentOf(right) };
    const message = { ...left, ...right, ...(Object.keys(content).length > 0 ? { serverContent: content } : {}) };
    const names = heardOf(message).map((each) => (each as unknown[])[0]);
    expect(names.toSorted()).toEqual([a, b].toSorted());
  });

  it.each([
    [{}],
    [{ serverContent: {} }],
    [{ serverContent: { modelTurn: {} } }],
    [{ serverContent: { modelTurn: { parts: [] } } }],
    [{ serverContent: { modelTurn: { parts: [{ text: 'a thought' }, {}] } } }],
    [{ serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }] } } }],
    [{ serverContent: { inputTranscription: {}, outputTranscription: { text: '' }, interrupted: false } }],
    [{ serverContent: { waitingForInput: true } }],
    [{ toolCall: { functionCalls: [] }, toolCallCancellation: { ids: [] } }],
    [{ somethingNew: { of: 'tomorrow' } }],
  ])('%j says nothing that a call needs', (message) => {
    expect(heardOf(message)).toEqual([]);
  });
});

function serverContentOf(message: object): object {
  return (message as { serverContent?: object }).serverContent ?? {};
}

describe('audio', () => {
  it('is decoded behind room for the headers', () => {
    const frame = decodeAudio(SAMPLES.toString('base64'));
    expect(frame.length).toBe(AGENT_FRAME_ROOM_BYTES + SAMPLES.length);
    expect(frame.subarray(AGENT_FRAME_ROOM_BYTES)).toEqual(SAMPLES);
  });
});

describe('what is said to the model', () => {
  it('in writing is real-time input, whatever it contains', () => {
    expect(JSON.parse(textMessage('"} {"setup": 💥'))).toEqual({ realtimeInput: { text: '"} {"setup": 💥' } });
  });

  it('about tools is their output or their error', () => {
    const results = [
      { id: '1', name: 'a', output: { found: true } },
      { id: '2', name: 'b', error: { error: 'no answer' } },
    ];
    expect(JSON.parse(toolResponseMessage(results))).toEqual({
      toolResponse: {
        functionResponses: [
          { id: '1', name: 'a', response: { output: { found: true } } },
          { id: '2', name: 'b', response: { error: { error: 'no answer' } } },
        ],
      },
    });
  });
});

describe('the set-up', () => {
  const plain: SessionSetup = {
    model: 'gemini-3.8-live',
    instructions: 'Be kind.',
    voice: '',
    languageCode: '',
    temperature: undefined,
    tools: [],
    turnDetection: { noInterruption: false },
    resumeHandle: '',
  };
  const parsed = (changes: Partial<SessionSetup>) =>
    (JSON.parse(setupMessage({ ...plain, ...changes })) as { setup: Record<string, unknown> }).setup;

  it('of an agent without wishes leaves everything to the provider but what a call needs', () => {
    expect(parsed({})).toMatchObject({
      model: 'models/gemini-3.8-live',
      generationConfig: { responseModalities: ['AUDIO'], speechConfig: {} },
      systemInstruction: { role: 'user', parts: [{ text: 'Be kind.' }] },
      realtimeInputConfig: { automaticActivityDetection: {}, activityHandling: 'START_OF_ACTIVITY_INTERRUPTS' },
      inputAudioTranscription: {},
      outputAudioTranscription: {},
      contextWindowCompression: { slidingWindow: {} },
      sessionResumption: {},
    });
    expect(parsed({})).not.toHaveProperty('tools');
  });

  it('carries every wish', () => {
    const setup = parsed({
      voice: 'Kore',
      languageCode: 'de-DE',
      temperature: 0,
      tools: [{ name: 'look_up', description: 'Looks up.', parameters: { type: 'object' } }],
      turnDetection: {
        startSensitivity: 'low',
        endSensitivity: 'high',
        prefixPaddingMs: 0,
        silenceDurationMs: 700,
        noInterruption: true,
      },
    });
    expect(setup).toMatchObject({
      generationConfig: {
        responseModalities: ['AUDIO'],
        temperature: 0,
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } }, languageCode: 'de-DE' },
      },
      tools: [
        {
          functionDeclarations: [
            { name: 'look_up', description: 'Looks up.', parametersJsonSchema: { type: 'object' } },
          ],
        },
      ],
      realtimeInputConfig: {
        automaticActivityDetection: {
          startOfSpeechSensitivity: 'START_SENSITIVITY_LOW',
          endOfSpeechSensitivity: 'END_SENSITIVITY_HIGH',
          prefixPaddingMs: 0,
          silenceDurationMs: 700,
        },
        activityHandling: 'NO_INTERRUPTION',
      },
    });
  });

  it('goes on with an earlier session by its handle', () => {
    expect(parsed({ resumeHandle: 'h' })['sessionResumption']).toEqual({ handle: 'h' });
  });

  it('names a model once, however it was configured', () => {
    expect(parsed({ model: 'models/gemini-3.8-live' })['model']).toBe('models/gemini-3.8-live');
  });
});

it.each([
  ['50s', 50_000],
  ['0.5s', 500],
  ['1.0004s', 1_000],
  ['0s', 0],
  [undefined, 0],
  ['', 0],
  ['soon', 0],
])('the duration %j is %i ms', (duration, ms) => {
  expect(parseDurationMs(duration)).toBe(ms);
});

describe('a note', () => {
  it('is context that asks for no answer', () => {
    expect(JSON.parse(noteMessage('by the way'))).toEqual({
      clientContent: { turns: [{ role: 'user', parts: [{ text: 'by the way' }] }], turnComplete: false },
    });
  });

  it.each([
    ['gemini-3.8-live', true],
    ['models/gemini-3.8-live-extended-thinking', true],
    ['gemini-4.0-live', true],
    ['simulated-live', true],
    ['gemini-3.1-flash-live-preview', false],
    ['models/gemini-2.5-flash-native-audio-preview-12-2025', false],
    ['gemini-live-2.5-flash', false],
  ])('can be taken by %s while a session runs: %p', (model, taken) => {
    expect(takesNotes(model)).toBe(taken);
  });
});
