import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DomainError, type ErrorKind } from '@orbisvoice/service-kit/errors';
import { RawCaller } from '../../../tests/support/raw-caller.js';
import { until } from '../../tools/test/endpoint.js';
import { startGateway, type GatewayUnderTest } from './gateway-under-test.js';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => gateway?.stop());

describe('while transcripts is away', () => {
  beforeEach(() => {
    gateway.transcripts.failing = undefined;
    gateway.transcripts.refused = 0;
  });

  it.each<ErrorKind>(['unavailable', 'internal', 'deadline_exceeded', 'resource_exhausted'])(
    'with %s, a call goes on, and everything is stored once and in order when it is back',
    async (kind) => {
      const caller = await RawCaller.call(gateway.url, 'a-token');
      gateway.transcripts.failing = kind;
      const answered = caller.answer();
      caller.say('My name is Ada');
      expect((await answered).generated.trim()).toBe('Nice to meet you, Ada.');
      await caller.end();
      expect(caller.errors).toEqual([]);
      await until(() => gateway.transcripts.refused > 0);
      gateway.transcripts.failing = undefined;
      const events = await gateway.transcripts.ended(caller.conversationId);
      expect(events.map(({ sequence, kind: event }) => [sequence, event?.$case])).toEqual([
        [1, 'started'],
        [2, 'turn'],
        [3, 'turn'],
        [4, 'ended'],
      ]);
    },
    30_000,
  );
});

describe('a call whose conversation was ended since transcripts had not heard of the gateway', () => {
  it.each(['says nothing', 'speaks'])(
    'is claimed again and loses no word when it %s',
    async (what) => {
      const { transcripts } = gateway;
      const caller = await RawCaller.call(gateway.url, 'a-token');
      await until(() => transcripts.renewed.has(caller.conversationId));
      transcripts.lost.set(caller.conversationId, 2);
      if (what === 'says nothing') await until(() => !transcripts.lost.has(caller.conversationId));
      const answered = caller.answer();
      caller.say('My name is Ada');
      await answered;
      await caller.end();
      const events = await transcripts.ended(caller.conversationId);
      expect(events.map(({ sequence, kind }) => [sequence, kind?.$case])).toEqual([
        [1, 'started'],
        [3, 'turn'],
        [4, 'turn'],
        [5, 'ended'],
      ]);
    },
    30_000,
  );
});

describe('when a call starts, and', () => {
  async function start() {
    const caller = await RawCaller.connect(gateway.url);
    caller.send({ type: 'call.start', token: 'a-token' });
    return { ...(await caller.closed), errors: caller.errors };
  }
  const refused = (kind: string, message: string, retryable: boolean) => ({
    type: 'error',
    kind,
    message,
    retryable,
  });

  it.each<[service: 'accounts' | 'agents', method: string, kind: ErrorKind, code: number, retryable: boolean]>([
    ['accounts', 'redeemCallToken', 'unavailable', 4503, true],
    ['accounts', 'redeemCallToken', 'resource_exhausted', 4429, false],
    ['accounts', 'redeemCallToken', 'permission_denied', 4403, false],
    ['agents', 'resolveAgent', 'unavailable', 4503, true],
    ['agents', 'resolveAgent', 'deadline_exceeded', 4503, true],
    ['agents', 'resolveAgent', 'internal', 4500, false],
  ])('%s.%s answers with %s, the client is closed with %i', async (service, method, kind, code, retryable) => {
    const other = await RawCaller.call(gateway.url, 'a-token');
    const before = new Set(gateway.transcripts.committed.keys());
    const answers = {
      [method]: () => {
        throw new DomainError(kind, 'Not now.');
      },
    };
    gateway.services.on(service, answers as never);
    const closed = await start();
    gateway.answerAll();
    expect(closed).toEqual({ code, reason: kind, errors: [refused(kind, expect.any(String) as never, retryable)] });
    await other.end();
    expect(other.errors).toEqual([]);
    await gateway.transcripts.ended(other.conversationId);
    expect(
      [...gateway.transcripts.committed.keys()].filter((id) => !before.has(id) && id !== other.conversationId),
    ).toEqual([]);
  });
});

describe('a gateway that stops', () => {
  let stopping: GatewayUnderTest;
  beforeAll(async () => {
    stopping = await startGateway();
  });
  afterAll(async () => stopping?.stop());

  it('tells its callers, and stores what they said', async () => {
    const caller = await RawCaller.call(stopping.url, 'a-token');
    const answered = caller.answer();
    caller.say('My name is Ada');
    await answered;
    await stopping.service.stop();
    expect(await caller.closed).toEqual({ code: 1000, reason: 'gateway_stopped' });
    expect(caller.messages.at(-1)).toEqual({ type: 'call.ended', reason: 'gateway_stopped' });
    const events = stopping.transcripts.committed.get(caller.conversationId);
    expect(events?.map(({ kind }) => kind?.$case)).toEqual(['started', 'turn', 'turn', 'ended']);
  }, 15_000);
});
