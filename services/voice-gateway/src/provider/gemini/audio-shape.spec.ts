import { describe, expect, it } from '@jest/globals';
import type { LiveServerMessage } from '@google/genai';
import { AGENT_FRAME_ROOM_BYTES } from '../agent-frame.js';
import { AudioShape } from './audio-shape.js';

const samples = (first: number) => Buffer.from(Uint8Array.from({ length: 960 }, (_, index) => (first + index) % 256));
const audioMessage = (audio: Buffer, more: object = {}) => ({
  serverContent: {
    modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data: audio.toString('base64') } }] },
    ...more,
  },
});
const encoded = (message: object) => Buffer.from(JSON.stringify(message, undefined, 2));

function learnt(message: object): AudioShape {
  const shape = new AudioShape();
  shape.learn(encoded(message), message as LiveServerMessage);
  return shape;
}

describe('the words around audio', () => {
  it('reads the next piece without parsing once it has seen one', () => {
    const shape = learnt(audioMessage(samples(0)));
    for (const audio of [samples(1), samples(7).subarray(0, 100), samples(3).subarray(0, 2)]) {
      expect(shape.read(encoded(audioMessage(audio)))?.subarray(AGENT_FRAME_ROOM_BYTES)).toEqual(audio);
    }
  });

  it('knows nothing before it has seen one', () => {
    expect(new AudioShape().read(encoded(audioMessage(samples(0))))).toBeUndefined();
  });

  it.each([
    ['another field beside the turn', audioMessage(samples(1), { turnComplete: true })],
    ['another message', { serverContent: { turnComplete: true } }],
    ['usage beside the content', { ...audioMessage(samples(1)), usageMetadata: { totalTokenCount: 3 } }],
    ['a resumption handle', { sessionResumptionUpdate: { newHandle: 'h', resumable: true } }],
    ['nothing', {}],
  ])('leaves %s to the parser', (_, message) => {
    expect(learnt(audioMessage(samples(0))).read(encoded(message))).toBeUndefined();
  });

  it('leaves two pieces in one message to the parser', () => {
    const two = audioMessage(samples(1));
    two.serverContent.modelTurn.parts.push(two.serverContent.modelTurn.parts[0]!);
    expect(learnt(audioMessage(samples(0))).read(encoded(two))).toBeUndefined();
  });

  it('leaves escaped characters to the parser', () => {
    const shape = learnt(audioMessage(samples(0)));
    const text = encoded(audioMessage(Buffer.from([0xff, 0xff, 0xff]))).toString();
    expect(shape.read(Buffer.from(text.replace('////', String.raw`\/\/\/\/`)))).toBeUndefined();
  });

  it.each([
    ['other fields', audioMessage(samples(0), { generationComplete: true })],
    ['usage', { ...audioMessage(samples(0)), usageMetadata: { totalTokenCount: 3 } }],
    ['text', { serverContent: { modelTurn: { parts: [{ text: 'AAAA' }] } } }],
  ])('does not learn from a message with %s', (_, message) => {
    expect(learnt(message).read(encoded(message))).toBeUndefined();
  });

  it('learns anew when the words change', () => {
    const shape = learnt(audioMessage(samples(0)));
    const plain = Buffer.from(JSON.stringify(audioMessage(samples(1))));
    expect(shape.read(plain)).toBeUndefined();
    shape.learn(plain, audioMessage(samples(1)) as LiveServerMessage);
    expect(shape.read(plain)?.subarray(AGENT_FRAME_ROOM_BYTES)).toEqual(samples(1));
  });
});
