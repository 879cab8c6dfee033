import { afterEach, describe, expect, it } from '@jest/globals';
import { type Simulator, createSimulator } from '../src/create-simulator.js';
import type { SimulatorOptions } from '../src/options.js';
import { RawClient } from './raw-client.js';

let simulator: Simulator;
afterEach(() => simulator.close());

async function start(options: SimulatorOptions): Promise<string> {
  simulator = createSimulator({ voice: 'tone', pace: { speed: 20 }, ...options });
  return (await simulator.listen()).url;
}

describe('faults', () => {
  it.each([429, 503] as const)('answers the handshake with %d', async (handshakeStatus) => {
    const url = await start({ faults: { handshakeStatus } });
    await expect(new RawClient(url).opened()).rejects.toThrow(String(handshakeStatus));
  });

  it('refuses a key', async () => {
    const url = await start({ faults: { refuseKey: true } });
    expect((await new RawClient(url).closed).code).toBe(1007);
    simulator.setFaults({ refuseKey: { code: 1008, reason: 'quota' } });
    expect(await new RawClient(url).closed).toEqual({ code: 1008, reason: 'quota' });
  });

  it('never answers the setup', async () => {
    const client = new RawClient(await start({ faults: { neverAnswerSetup: true } }));
    await client.opened();
    const setup = new Promise((resolve) => simulator.once('setup', resolve));
    client.send({ setup: { model: 'models/gemini-3.8-live' } });
    await setup;
    client.send({ realtimeInput: { text: 'is anybody there?' } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.count).toBe(0);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });

  it('announces the end and closes then', async () => {
    const close = { code: 1011, reason: 'Deadline expired before operation could complete.' };
    const client = await RawClient.start(
      await start({ faults: { goAway: { afterMs: 20, timeLeftMs: 1500, close: { ...close } } } }),
    );
    expect(await client.until((message) => message.goAway !== undefined)).toEqual({ goAway: { timeLeft: '1.500s' } });
    expect(await client.closed).toEqual(close);
  });

  it('closes with a code at a time, differently for each connection', async () => {
    const url = await start({
      faults: ({ number }) =>
        number === 1
          ? { closeAfter: { afterMs: 20, close: { code: 1000, reason: 'The operation was cancelled.' } } }
          : {},
    });
    const [first, second] = [await RawClient.start(url), await RawClient.start(url)];
    expect((await first.closed).code).toBe(1000);
    expect(second.socket.readyState).toBe(second.socket.OPEN);
  });

  it('gives clients time to leave before it stops, and takes no new ones', async () => {
    const url = await start({});
    const client = await RawClient.start(url);
    let gone = false;
    const left = simulator.letLeave(60_000).then(() => (gone = true));
    expect(await client.until((message) => message.goAway !== undefined)).toEqual({ goAway: { timeLeft: '60s' } });
    await expect(new RawClient(url).opened()).rejects.toThrow('503');
    expect(gone).toBe(false);
    client.socket.close();
    await left;
  });

  it('lets a test announce, close and drop', async () => {
    const url = await start({});
    const clients = [await RawClient.start(url), await RawClient.start(url)];
    const [first, second] = [...simulator.connections];
    first?.goAway(50_000);
    expect(await clients[0]?.until((message) => message.goAway !== undefined)).toEqual({ goAway: { timeLeft: '50s' } });
    first?.close({ code: 1011, reason: 'x'.repeat(500) });
    expect(await clients[0]?.closed).toEqual({ code: 1011, reason: 'x'.repeat(123) });
    second?.drop();
    expect((await clients[1]?.closed)?.code).toBe(1006);
    expect(simulator.connections.size).toBe(0);
  });

  it('ends every connection by its age, announced before', async () => {
    const lifetime = { connectionMs: 120, announcedMs: 60, close: { code: 1011, reason: 'Deadline' } };
    const client = await RawClient.start(await start({ lifetime }));
    await client.until((message) => message.goAway?.timeLeft === '0.060s');
    expect(await client.closed).toEqual({ code: 1011, reason: 'Deadline' });
  });

  it('closes instead of answering the first text', async () => {
    const close = { code: 1011, reason: 'Internal error encountered.' };
    const client = await RawClient.start(await start({ faults: { closeBeforeAnswer: close } }));
    client.send({ realtimeInput: { text: 'Greet the caller.' } });
    expect(await client.closed).toEqual(close);
    expect(client.messages.some(({ serverContent }) => serverContent?.modelTurn)).toBe(false);
  });

  it('transcribes the caller late and in pieces', async () => {
    const url = await start({
      pace: { speed: 1 },
      faults: { transcribeLate: { lateMs: 300, betweenMs: 100 } },
    });
    const client = await RawClient.start(url);
    client.say('What can you do?');
    const said = () => client.messages.flatMap(({ serverContent }) => serverContent?.inputTranscription?.text ?? []);
    await client.until(() => said().join('') === 'What can you do?');
    const kinds = client.messages.flatMap(({ serverContent }) =>
      serverContent?.modelTurn ? ['audio'] : serverContent?.inputTranscription ? ['transcript'] : [],
    );
    expect(kinds.lastIndexOf('transcript')).toBeGreaterThan(kinds.indexOf('audio'));
    expect(said().length).toBeGreaterThan(2);
  });

  it('calls a tool without a word, and thinks about the result before it speaks', async () => {
    const url = await start({ pace: { speed: 1 }, faults: { callToolsSilently: true, thinkAfterToolMs: 300 } });
    const declaration = { name: 'look_up_order', description: 'Looks up an order.', parameters: { type: 'OBJECT' } };
    const client = await RawClient.start(url, { tools: [{ functionDeclarations: [declaration] }] });
    client.send({ realtimeInput: { text: 'Look up my order' } });
    const { toolCall } = await client.until((message) => message.toolCall !== undefined);
    const { id, name } = toolCall!.functionCalls[0]!;
    const answeredAt = performance.now();
    const spoke = () => client.messages.some(({ serverContent }) => serverContent?.modelTurn);
    expect(spoke()).toBe(false);
    client.send({ toolResponse: { functionResponses: [{ id, name, response: { output: { status: 'shipped' } } }] } });
    await client.until(({ serverContent }) => serverContent?.modelTurn !== undefined);
    expect(performance.now() - answeredAt).toBeGreaterThan(290);
    expect(client.messages.filter(({ serverContent }) => serverContent?.turnComplete)).toEqual([]);
  });

  it('takes no more connections than it may', async () => {
    const url = await start({ maxConnections: 1 });
    await RawClient.start(url);
    await expect(new RawClient(url).opened()).rejects.toThrow('503');
  });

  it('closes a session in which the script breaks, and only that', async () => {
    const url = await start({
      script: {
        rules: [
          {
            name: 'broken',
            match: /break/,
            answer: () => {
              throw new Error('broken script');
            },
          },
          { name: 'any', match: /./, answer: 'fine' },
        ],
        toolAnswer: () => undefined,
      },
    });
    const failures: unknown[] = [];
    simulator.on('failure', (error) => failures.push(error));
    const [first, second] = [await RawClient.start(url), await RawClient.start(url)];
    first.send({ realtimeInput: { text: 'break' } });
    expect((await first.closed).code).toBe(1011);
    expect(failures).toHaveLength(1);
    second.send({ realtimeInput: { text: 'go' } });
    await second.turn();
  });
});
