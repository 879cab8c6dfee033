import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@orbisvoice/client/call/wait-for';
import { createSimulator, type Simulator } from '@orbisvoice/simulator/create-simulator';
import { STORY } from '@orbisvoice/simulator/mind/default-script';
import { GatewayFleet, startRedis, type TestRedis } from '../../bench/src/load/gateway-fleet.js';
import { SpokenCall } from '../support/spoken-call.js';
import { startTestPlatform, type TestPlatform } from '../support/test-platform.js';
import { Toxiproxy } from '../support/toxiproxy.js';

/** Some 6 s. */
const LONG_QUESTION =
  'It has been such a long day, and so many people have told me so many things, that I would like to hear one of them once more ' +
  'from somebody who was there when I said it, so now be so kind and tell me: what is my name?';

describe('calls on several gateways', () => {
  let simulator: Simulator;
  let redis: TestRedis;
  let test: TestPlatform;
  let fleet: GatewayFleet;
  let agentId: string;
  /** Between callers and the balancer: a network as good as its toxics let it be. */
  const network = new Toxiproxy();
  let networkUrl: string;

  beforeAll(async () => {
    simulator = createSimulator();
    const { url } = await simulator.listen({ port: 0, host: '127.0.0.1' });
    redis = await startRedis({ durable: true });
    test = await startTestPlatform({ voiceGateway: false });
    agentId = await test.api.createAgent();
    fleet = await GatewayFleet.start(
      { addresses: test.platform.addresses, internalAuthSecret: test.internalAuthSecret },
      2,
      { GEMINI_BASE_URL: url, REDIS_URL: redis.url, CLIENT_GRACE_MS: '4000' },
    );
    await network.start();
    const port = await network.between('callers', Number(new URL(fleet.url).port));
    networkUrl = `ws://127.0.0.1:${port}/stream`;
  }, 90_000);
  afterAll(async () => {
    await network.stop();
    await fleet?.stop();
    await test?.stop();
    await redis?.stop();
    await simulator?.close();
  }, 60_000);

  // A test that fails in the middle of its losses leaves the next one as many gateways as it had, and as good a network.
  beforeEach(async () => {
    await network.heal('callers');
    await fleet.fill(2);
  }, 60_000);

  const newCall = () => new SpokenCall(fleet.url, () => test.api.callToken(agentId));
  const conversation = [
    'My name is Ada',
    'Nice to meet you, Ada.',
    'What is my name?',
    'Your name is Ada.',
    'Thanks',
    "You're welcome, Ada.",
  ];
  const stored = async (id: string) =>
    (await test.api.endedConversation(id, 20_000)).turns.map((turn) => turn.generatedText.trim());

  /** Calls whose first exchange is over. From then on a token takes a while to get. */
  async function introduced(count: number, { url = fleet.url, tokensTakeMs = 0 } = {}) {
    let waitMs = 0;
    const getToken = async () => {
      await sleep(waitMs);
      return await test.api.callToken(agentId);
    };
    const calls = Array.from({ length: count }, () => new SpokenCall(url, getToken));
    const ids = await Promise.all(calls.map((call) => call.start()));
    await Promise.all(calls.map((call) => call.ask('My name is Ada')));
    waitMs = tokensTakeMs;
    return { calls, ids };
  }

  /** After their last exchange, every word of the conversation is stored, once. */
  async function expectWhole(calls: SpokenCall[], ids: string[], question = conversation[2]) {
    await Promise.all(calls.map((call) => call.ask('Thanks')));
    await Promise.all(calls.map((call) => call.end()));
    for (const id of ids) expect(await stored(id)).toEqual(conversation.with(2, question!));
  }

  it('moves calls of a gateway that is told to stop, and nobody loses a word (S0-39, S0-95)', async () => {
    const { calls, ids } = await introduced(6);
    const leaving = fleet.first;
    fleet.remove(leaving);
    const exited = once(leaving.process, 'exit');
    leaving.process.kill('SIGTERM');
    await Promise.all(
      calls.map(async (call) =>
        expect((await call.ask('What is my name?')).generated.trim()).toBe('Your name is Ada.'),
      ),
    );
    await exited;
    await expectWhole(calls, ids);
    expect(calls.map((call) => call.voice.call.stats.reconnects).toSorted()).toEqual([0, 0, 0, 1, 1, 1]);
  }, 120_000);

  it('lets callers talk on while they move, however long the way to the other gateway takes', async () => {
    const { calls, ids } = await introduced(4, { tokensTakeMs: 2_500 });
    const asked: SpokenCall[] = [];
    for (const call of calls) call.voice.on('moveRequested', () => asked.push(call));
    const leaving = fleet.first;
    fleet.remove(leaving);
    const exited = once(leaving.process, 'exit');
    leaving.process.kill('SIGTERM');
    while (asked.length < 2) await sleep(20);
    // They speak while the token for the other gateway is still on its way.
    await Promise.all(calls.map((call) => call.ask('What is my name?')));
    await exited;
    await Promise.all(calls.map((call) => call.ask('Thanks')));
    await Promise.all(calls.map((call) => call.end()));
    for (const id of ids) expect((await stored(id)).join(' ')).toBe(conversation.join(' '));
    const stats = calls.map((call) => call.voice.call.stats);
    expect(stats.map(({ reconnects }) => reconnects).toSorted()).toEqual([0, 0, 1, 1]);
    expect(stats.map(({ framesDropped }) => framesDropped)).toEqual([0, 0, 0, 0]);
  }, 120_000);

  it('has the rest said of answers that were too long to wait for', async () => {
    const calls = [newCall(), newCall()];
    const ids = await Promise.all(calls.map((call) => call.start()));
    const ends = calls.map((call) => call.nextAgentTurn(60_000, /we are listening too\.$/));
    await Promise.all(calls.map((call) => call.voice.call.sendText('Tell me a story')));
    await Promise.all(calls.map((call) => call.nextHeardMs(1_000)));
    const leaving = fleet.first;
    fleet.remove(leaving);
    leaving.process.kill('SIGTERM');
    await Promise.all(ends);
    await Promise.all(calls.map((call) => call.end()));
    expect(calls.map((call) => call.voice.call.stats.reconnects).toSorted()).toEqual([0, 1]);
    for (const id of ids) expect((await stored(id)).slice(1).join(' ')).toBe(STORY);
  }, 120_000);

  it('brings back calls of a gateway that is killed, with what was said before, and stores nothing twice', async () => {
    const { calls, ids } = await introduced(6);
    const dying = fleet.first;
    fleet.remove(dying);
    dying.process.kill('SIGKILL');
    await Promise.all(
      calls.map(async (call) =>
        expect((await call.ask('What is my name?')).generated.trim()).toBe('Your name is Ada.'),
      ),
    );
    await expectWhole(calls, ids);
  }, 120_000);

  it('ends what a killed gateway held when the client does not come back either', async () => {
    const call = newCall();
    const id = await call.start();
    await call.ask('My name is Ada');
    for (const gateway of [fleet.first, fleet.second]) {
      fleet.remove(gateway);
      gateway.process.kill('SIGKILL');
    }
    await call.end(); // there is nobody to tell
    await fleet.fill(2);
    expect(await stored(id)).toEqual(conversation.slice(0, 2));
    expect(await test.api.conversation(id)).toMatchObject({ endReason: 'client_lost' });
  }, 120_000);

  it('goes on when Redis comes back empty in the middle of a call', async () => {
    const call = newCall();
    const id = await call.start();
    await call.ask('My name is Ada');
    await redis.restartEmpty();
    expect((await call.ask('What is my name?')).generated.trim()).toBe('Your name is Ada.');
    await call.ask('Thanks');
    await call.end();
    expect(await stored(id)).toEqual(conversation);
  }, 60_000);

  it('stores all of a call whose gateway dies while Redis is away, though Redis knows less than was said', async () => {
    const { calls, ids } = await introduced(2);
    await redis.kill();
    await Promise.all(calls.map((call) => call.ask('What is my name?')));
    for (const id of ids) while ((await test.api.conversation(id)).turns.length < 4) await sleep(50);
    const dying = fleet.first;
    fleet.remove(dying);
    dying.process.kill('SIGKILL');
    await redis.start();
    // Of what is said meanwhile the client keeps 10 s, and a store that has been away is given some time.
    while (calls.every(({ voice }) => voice.call.stats.reconnects === 0)) await sleep(50);
    await expectWhole(calls, ids);
  }, 120_000);

  it('hands calls over with all that was said when Redis was away meanwhile', async () => {
    const { calls, ids } = await introduced(2);
    await redis.kill();
    const leaving = fleet.first;
    fleet.remove(leaving);
    leaving.process.kill('SIGTERM');
    await Promise.all(calls.map((call) => call.ask('What is my name?')));
    await redis.start();
    await once(leaving.process, 'exit');
    await expectWhole(calls, ids);
    expect(calls.map((call) => call.voice.call.stats.reconnects).toSorted()).toEqual([0, 1]);
  }, 120_000);

  it('answers once what was written to a gateway that did not take it any more', async () => {
    const { calls, ids } = await introduced(2);
    const dying = fleet.first;
    fleet.remove(dying);
    dying.process.kill('SIGSTOP');
    const answers = calls.map((call) => call.nextAgentTurn());
    for (const call of calls) call.voice.call.sendText('What is my name?');
    expect((await Promise.all(answers)).map(({ generated }) => generated.trim())).toEqual(
      Array(2).fill('Your name is Ada.'),
    );
    dying.process.kill('SIGKILL');
    await expectWhole(calls, ids);
  }, 120_000);

  it('answers as a whole what was about to be answered when the gateway died', async () => {
    const { calls, ids } = await introduced(4);
    const dying = fleet.first;
    fleet.remove(dying);
    const answering = Promise.race(
      calls.map(async ({ voice }) => await waitFor(voice, 'turnStarted', ({ role }) => role === 'agent', 30_000)),
    );
    const answers = calls.map((call) => call.ask('What is my name?'));
    await answering;
    dying.process.kill('SIGKILL');
    expect((await Promise.all(answers)).map(({ generated }) => generated.trim())).toEqual(
      Array(4).fill('Your name is Ada.'),
    );
    await expectWhole(calls, ids);
  }, 120_000);

  it.each([
    { question: 'What is my name?', afterMs: 900 },
    { question: LONG_QUESTION, afterMs: 4_000 },
  ])(
    'hears from its beginning what was being said for $afterMs ms when the gateway died',
    async ({ question, afterMs }) => {
      const { calls, ids } = await introduced(2);
      const dying = fleet.first;
      fleet.remove(dying);
      const answers = calls.map((call) => call.ask(question));
      await sleep(afterMs);
      dying.process.kill('SIGKILL');
      expect((await Promise.all(answers)).map(({ generated }) => generated.trim())).toEqual(
        Array(2).fill('Your name is Ada.'),
      );
      await expectWhole(calls, ids, question);
    },
    120_000,
  );

  it('does the same far away, where the model is there again before the client, and a part of it had been understood', async () => {
    await network.poison('callers', { type: 'latency', attributes: { latency: 400 } });
    const { calls, ids } = await introduced(2, { url: networkUrl });
    // Redis is told of the answer that is interrupted, and with it of the first words that interrupt it.
    for (const { voice } of calls) voice.call.sendText('Tell me a story');
    await Promise.all(calls.map((call) => call.nextHeardMs(1_000)));
    const dying = fleet.first;
    fleet.remove(dying);
    const answers = calls.map((call) => call.nextAgentTurn(60_000, /^Your/));
    for (const call of calls) void call.say(LONG_QUESTION);
    await sleep(4_000);
    dying.process.kill('SIGKILL');
    expect((await Promise.all(answers)).map(({ generated }) => generated.trim())).toEqual(
      Array(2).fill('Your name is Ada.'),
    );
    await Promise.all(calls.map((call) => call.end()));
    for (const id of ids)
      expect((await stored(id)).toSpliced(3, 1).slice(2)).toEqual([
        'Tell me a story',
        LONG_QUESTION,
        'Your name is Ada.',
      ]);
  }, 120_000);

  it('lets callers hear to its end what their connection had not brought yet when the call moved', async () => {
    const { calls, ids } = await introduced(2, { url: networkUrl, tokensTakeMs: 2_500 });
    // Slower than speech: when the model has said all of it, much is still on its way.
    await network.poison('callers', { type: 'bandwidth', attributes: { rate: 24 } }, ['downstream']);
    const asked = Promise.race(calls.map(async ({ voice }) => await waitFor(voice, 'moveRequested')));
    const leaving = fleet.first;
    fleet.remove(leaving);
    leaving.process.kill('SIGTERM');
    await asked;
    const turns = (await Promise.all(calls.map((call) => call.ask('What is my name?')))).map(({ turn }) => turn);
    while (calls.every(({ voice }) => voice.call.stats.reconnects === 0)) await sleep(20);
    await expectWhole(calls, ids);
    calls.forEach((call, i) => expect(call.wordsHeard(turns[i]!).join(' ')).toBe('Your name is Ada.'));
    expect(calls.map(({ voice }) => voice.call.stats.agentFramesLost)).toEqual([0, 0]);
  }, 120_000);
});
