/**
 * One spoken call through a running platform, as a customer would make it: audio in, a tool call, audio out, and the transcript read
 * back over REST and gRPC. Where the simulator answers, every word is checked in the sound itself. A real model hears the question as text.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SpokenCall, type FinishedTurn } from '../caller/spoken-call.js';
import { readConversation } from './public-grpc.js';

const GREETING = 'This is the smoke test.';
const QUESTION = 'What time is it?';

export interface SmokeTestOptions {
  apiUrl: string;
  /** host:port of the API's gRPC door. Undefined: it is left out. */
  grpcAddress?: string | undefined;
  streamUrl: string;
  apiKey: string;
  timeoutMs: number;
  log(line: string): void;
}

interface StoredTurn {
  role: 'user' | 'agent';
  generatedText: string;
  heardText: string;
  toolCalls: { name: string; outcome: string }[];
}

/** @throws Error that says what is not as it should be. What it makes, it deletes. */
export async function runSmokeTest(options: SmokeTestOptions): Promise<void> {
  const api = new Rest(options);
  const toolName = `current_time_${randomBytes(4).toString('hex')}`;
  const made: string[] = [];
  try {
    const tool = await api.send<{ id: string }>('POST', '/v1/tools', {
      name: toolName,
      description: 'The current date and time.',
      parameters: { type: 'object', properties: { timezone: { type: 'string' } } },
      builtIn: { function: 'current_time' },
    });
    made.push(`/v1/tools/${tool.id}`);
    const prompt = 'You test a telephone line. Use your tool for every question about the time.';
    const agent = await api.send<{ id: string }>('POST', '/v1/agents', {
      name: 'Smoke test',
      config: { prompt, greeting: GREETING, voice: 'ToneCode', toolIds: [tool.id] },
    });
    made.push(`/v1/agents/${agent.id}`);
    await api.send('POST', `/v1/agents/${agent.id}/publish`);
    options.log(`agent ${agent.id} is published`);
    const { conversationId, turns } = await call(agent.id, api, options);
    await checkTranscript(conversationId, { turns, toolName }, api, options);
  } finally {
    for (const path of made.toReversed())
      await api.send('DELETE', path).catch((error: unknown) => options.log(`left behind: ${path}: ${String(error)}`));
  }
}

async function call(
  agentId: string,
  api: Rest,
  { streamUrl, log, timeoutMs }: SmokeTestOptions,
): Promise<{ conversationId: string; turns: FinishedTurn[] }> {
  const getToken = async () => (await api.send<{ token: string }>('POST', '/v1/call-tokens', { agentId })).token;
  const spoken = new SpokenCall(streamUrl, getToken);
  try {
    const greeting = spoken.nextAgentTurn(timeoutMs);
    const { conversationId, provider } = await spoken.voice.start();
    log(`call ${conversationId}, ${provider.simulated ? 'simulated' : 'answered by a real model'}`);
    const greeted = await greeting;
    if (provider.simulated) checkSound(spoken, greeted);
    const answer = spoken.nextAgentTurn(timeoutMs, /\d/);
    if (provider.simulated) await spoken.say(QUESTION);
    else spoken.voice.call.sendText(QUESTION);
    const answered = await answer;
    if (provider.simulated) checkSound(spoken, answered);
    log(`"${QUESTION}" -> "${answered.heard}"`);
    if (spoken.errors.length > 0) throw new Error(`the call had errors: ${spoken.errors.join(', ')}`);
    return { conversationId, turns: spoken.turns };
  } finally {
    await spoken.end();
  }
}

/** The words in the audio that was played are those that the agent is said to have spoken. */
function checkSound(spoken: SpokenCall, turn: FinishedTurn): void {
  const inSound = spoken.wordsHeard(turn.turn).join(' ');
  expectSame('the words in the sound', inSound, turn.generated.trim());
}

async function checkTranscript(
  id: string,
  expected: { turns: FinishedTurn[]; toolName: string },
  api: Rest,
  options: SmokeTestOptions,
): Promise<void> {
  const stored = await endedConversation(id, api, options.timeoutMs);
  for (const role of ['user', 'agent'] as const) {
    const inCall = expected.turns.filter((turn) => turn.role === role).map((turn) => turn.generated.trim());
    const inStore = stored.turns.filter((turn) => turn.role === role).map((turn) => turn.generatedText.trim());
    expectSame(`the stored turns of the ${role}`, inStore.join(' | '), inCall.join(' | '));
  }
  const toolCalls = stored.turns.flatMap((turn) => turn.toolCalls).map(({ name, outcome }) => `${name} ${outcome}`);
  expectSame('the stored tool calls', toolCalls.join(', '), `${expected.toolName} ok`);
  if (options.grpcAddress !== undefined) {
    const { turns } = await readConversation(options.grpcAddress, options.apiKey, id);
    const overGrpc = turns.map(({ turn }) => turn?.heardText).join(' | ');
    expectSame('the transcript over gRPC', overGrpc, stored.turns.map((turn) => turn.heardText).join(' | '));
    options.log('it is the same over gRPC');
  }
  options.log(`transcript of ${stored.turns.length} turns and ${toolCalls.length} tool call is stored`);
}

async function endedConversation(id: string, api: Rest, timeoutMs: number): Promise<{ turns: StoredTurn[] }> {
  for (const deadline = Date.now() + timeoutMs; ; await sleep(200)) {
    const found = await api.find<{ endedAt: string | null; turns: StoredTurn[] }>(`/v1/conversations/${id}`);
    if (found?.endedAt) return found;
    if (Date.now() > deadline) throw new Error(`conversation ${id} is not stored after ${timeoutMs} ms`);
  }
}

function expectSame(what: string, actual: string, expected: string): void {
  if (actual !== expected) throw new Error(`${what}: expected "${expected}", found "${actual}"`);
}

class Rest {
  constructor(private readonly options: { apiUrl: string; apiKey: string }) {}

  async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, answer } = await this.request(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer as T;
  }

  /** Undefined for what is not there (yet). */
  async find<T>(path: string): Promise<T | undefined> {
    const { status, answer } = await this.request('GET', path);
    if (status === 404) return undefined;
    if (status >= 300) throw new Error(`GET ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer as T;
  }

  private async request(method: string, path: string, body?: unknown): Promise<{ status: number; answer: unknown }> {
    const response = await fetch(`${this.options.apiUrl}${path}`, {
      method,
      headers: {
        'x-api-key': this.options.apiKey,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    return { status: response.status, answer: text === '' ? undefined : JSON.parse(text) };
  }
}
