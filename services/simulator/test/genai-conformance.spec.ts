/** The unmodified `@google/genai` client against the simulator: the newest, the one before, and the last of 2.x, which asks for `v1beta`. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as newest from '@google/genai';
import type { LiveConnectConfig, LiveServerMessage, Session } from '@google/genai';
import * as ofSecondMajor from 'google-genai-2';
import * as before from 'google-genai-before';
import { encodeUtterance } from '@orbisvoice/tone-code/encode';
import { type Simulator, createSimulator } from '../src/create-simulator.js';
import { encodePcm } from '../src/hearing/pcm.js';
import { heard } from './raw-client.js';

const MODEL = 'gemini-3.8-live';
const CONFIG: LiveConnectConfig = {
  responseModalities: [newest.Modality.AUDIO],
  inputAudioTranscription: {},
  outputAudioTranscription: {},
  speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'ToneCode' } } },
  systemInstruction: 'You are a test.',
};

/** `rejects`: `connect` itself fails when the connection is closed before the session is there; else only `onclose` tells. */
const CLIENTS = [
  { name: '@google/genai', sdkModule: newest, version: 'v1', rejects: true },
  { name: 'google-genai-before', sdkModule: before as unknown as typeof newest, version: 'v1', rejects: true },
  { name: 'google-genai-2', sdkModule: ofSecondMajor as unknown as typeof newest, version: 'v1beta', rejects: false },
];

let simulator: Simulator;
beforeAll(async () => {
  simulator = createSimulator({ pace: { speed: 10 }, apiKeys: ['good'] });
  await simulator.listen();
});
afterAll(() => simulator.close());

class Conversation {
  session!: Session;
  readonly messages: LiveServerMessage[] = [];
  closed: { code: number; reason: string } | undefined;
  private wake = () => {};

  static async start(
    client: newest.GoogleGenAI,
    { config, rejects }: { config: LiveConnectConfig; rejects: boolean },
  ): Promise<Conversation> {
    const conversation = new Conversation();
    const refused = Promise.withResolvers<never>();
    const connected = client.live.connect({
      model: MODEL,
      config: { ...CONFIG, ...config },
      callbacks: {
        onmessage: (message) => {
          conversation.messages.push(message);
          conversation.wake();
        },
        onclose: ({ code, reason }) => {
          conversation.closed = { code, reason };
          conversation.wake();
          if (!rejects) refused.reject(new Error(`${code} ${reason}`));
        },
      },
    });
    refused.promise.catch(() => undefined);
    conversation.session = await Promise.race([connected, refused.promise]);
    return conversation;
  }

  say(text: string): void {
    const utterance = encodeUtterance(text, { sampleRateHz: 16_000 });
    const samples = new Int16Array(utterance.length + 12_000);
    samples.set(utterance);
    for (let n = 0; n < samples.length; n += 1600) {
      this.session.sendRealtimeInput({
        audio: { data: encodePcm(samples.subarray(n, n + 1600)), mimeType: 'audio/pcm;rate=16000' },
      });
    }
  }

  async until(test: () => boolean): Promise<void> {
    const deadline = Date.now() + 8_000;
    while (!test()) {
      if (Date.now() > deadline) throw new Error(`timed out after ${JSON.stringify(this.messages).slice(0, 500)}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, 200);
      });
    }
  }

  get turnsComplete(): number {
    return this.messages.filter((message) => message.serverContent?.turnComplete).length;
  }

  text(kind: 'inputTranscription' | 'outputTranscription'): string {
    return this.messages.map((message) => message.serverContent?.[kind]?.text ?? '').join('');
  }

  audio(): Int16Array {
    const parts = this.messages.flatMap((message) => message.serverContent?.modelTurn?.parts ?? []);
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part.inlineData?.data ?? '', 'base64')));
    return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  }
}

/** Runs the SDK in a process of its own: its HTTP part needs Node's own global object, which a test runner replaces. */
async function runInNode(client: string, script: string, variables: Record<string, string> = {}): Promise<string> {
  const args = ['--input-type=module', '-e', `import { GoogleGenAI } from '${client}';\n${script}`];
  const env = { PATH: process.env['PATH'] ?? '', ...variables };
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env,
    cwd: import.meta.dirname,
    timeout: 15_000,
  });
  return stdout.trim();
}

describe.each(CLIENTS)('$name against the simulator', ({ name: clientName, sdkModule, version, rejects }) => {
  const sdk = (apiKey = 'good', apiVersion?: string) =>
    new sdkModule.GoogleGenAI({
      apiKey,
      httpOptions: { baseUrl: simulator.url, ...(apiVersion ? { apiVersion } : {}) },
    });
  const begin = (config: LiveConnectConfig = {}, client = sdk()) => Conversation.start(client, { config, rejects });

  it(`asks for ${version} when it is told nothing else`, async () => {
    const conversation = await begin();
    expect([...simulator.connections].at(-1)?.path).toContain(`.${version}.GenerativeService`);
    conversation.session.close();
  });

  it('has a turn in text', async () => {
    const conversation = await begin();
    conversation.session.sendClientContent({ turns: 'who are you' });
    await conversation.until(() => conversation.turnsComplete === 1);
    expect(conversation.text('outputTranscription')).toMatch(/^I am the OrbisVoice simulator/);
    expect(heard(conversation.audio())).toBe(conversation.text('outputTranscription'));
    expect(conversation.messages.at(-1)?.usageMetadata?.totalTokenCount).toBeGreaterThan(10);
    conversation.session.close();
  });

  it('has a turn in audio', async () => {
    const conversation = await begin();
    conversation.say('What can you do?');
    await conversation.until(() => conversation.turnsComplete === 1);
    expect(conversation.text('inputTranscription')).toBe('What can you do?');
    expect(heard(conversation.audio())).toMatch(/^I can greet you/);
    conversation.session.close();
  });

  it('calls a tool and speaks its result', async () => {
    const tool = {
      name: 'get_order_status',
      description: 'Status of an order',
      parametersJsonSchema: { type: 'object', properties: { orderId: { type: 'string' } }, required: ['orderId'] },
    };
    const conversation = await begin({ tools: [{ functionDeclarations: [tool] }] });
    conversation.say('What is the status of my order A-4711?');
    await conversation.until(() => conversation.messages.some((message) => message.toolCall));
    const [call] = conversation.messages.find((message) => message.toolCall)?.toolCall?.functionCalls ?? [];
    expect(call).toMatchObject({ name: 'get_order_status', args: { orderId: 'A-4711' } });
    conversation.session.sendToolResponse({
      functionResponses: { id: call?.id ?? '', name: call?.name ?? '', response: { output: { status: 'shipped' } } },
    });
    await conversation.until(() => conversation.turnsComplete === 2);
    expect(conversation.text('outputTranscription')).toContain('Here is what I found: status shipped.');
    conversation.session.close();
  });

  it('is interrupted by speech', async () => {
    const conversation = await begin();
    conversation.session.sendRealtimeInput({ text: 'tell me a story' });
    await conversation.until(() => conversation.messages.some((message) => message.serverContent?.modelTurn));
    conversation.say('hello');
    await conversation.until(() => conversation.turnsComplete === 2);
    const flags = conversation.messages.flatMap((message) =>
      (['interrupted', 'generationComplete', 'turnComplete'] as const).filter((flag) => message.serverContent?.[flag]),
    );
    expect(flags).toEqual(['interrupted', 'turnComplete', 'generationComplete', 'turnComplete']);
    conversation.session.close();
  });

  it('resumes', async () => {
    const first = await begin({ sessionResumption: {} });
    first.session.sendClientContent({ turns: 'my name is Grace' });
    const update = () =>
      first.messages.find((message) => message.sessionResumptionUpdate?.resumable)?.sessionResumptionUpdate;
    await first.until(() => update() !== undefined);
    first.session.close();
    await first.until(() => first.closed !== undefined);
    const second = await begin({ sessionResumption: { handle: update()?.newHandle ?? '' } });
    second.session.sendClientContent({ turns: 'what is my name' });
    await second.until(() => second.turnsComplete === 1);
    expect(second.text('outputTranscription')).toBe('Your name is Grace.');
    second.session.close();
  });

  it('connects with an ephemeral token', async () => {
    const name = await runInNode(
      clientName,
      `
      const client = new GoogleGenAI({ apiKey: 'good', httpOptions: { baseUrl: '${simulator.url}', apiVersion: 'v1alpha' } });
      const config = { responseModalities: ['AUDIO'], outputAudioTranscription: {} };
      const token = await client.authTokens.create({ config: { uses: 1, liveConnectConstraints: { model: '${MODEL}', config } } });
      console.log(token.name);`,
    );
    const conversation = await begin({}, sdk(name, 'v1alpha'));
    conversation.session.sendClientContent({ turns: 'hello' });
    await conversation.until(() => conversation.turnsComplete === 1);
    conversation.session.close();
    await expect(begin({}, sdk(name, 'v1alpha'))).rejects.toThrow('1008');
  });

  it('is told of a key that is not valid', async () => {
    await expect(begin({}, sdk('bad'))).rejects.toThrow('API key not valid');
  });

  it('talks over TLS to a certificate it was told to trust', async () => {
    const { url, certificate } = await simulator.listen({ tls: true });
    const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
    try {
      await writeFile(join(folder, 'ca.pem'), certificate ?? '');
      const script = `
        const client = new GoogleGenAI({ apiKey: 'good', httpOptions: { baseUrl: '${url}' } });
        const session = await client.live.connect({ model: '${MODEL}', callbacks: { onmessage() {} } });
        console.log('connected');
        session.close();`;
      expect(await runInNode(clientName, script, { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') })).toBe('connected');
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 20_000);
});
