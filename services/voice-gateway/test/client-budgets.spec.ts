import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RawCaller } from '../../../tests/support/raw-caller.js';
import { TEXTS } from '../src/calls/written-texts.js';
import { startGateway, type GatewayUnderTest } from './gateway-under-test.js';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway();
  gateway.answerAll({ greeting: '' });
});
afterAll(async () => gateway?.stop());

describe('a client that floods its call', () => {
  it('with texts is told the limit and which was not taken, and what was taken is stored', async () => {
    const startedAt = performance.now();
    const caller = await RawCaller.call(gateway.url, 't');
    for (let id = 1; id <= 200; id++) caller.send({ type: 'input.text', text: `text ${id}`, id: `${id}` });
    await caller.errorCount(100);
    caller.send({ type: 'call.end' });
    const events = await gateway.transcripts.ended(caller.conversationId);
    const seconds = (performance.now() - startedAt) / 1000;
    const written = events.flatMap(({ kind }) =>
      kind?.$case === 'turn' && kind.value.generatedText.startsWith('text ') ? [kind.value.generatedText] : [],
    );
    const acknowledged = caller.all('input.ack').map(({ id }) => `text ${id}`);
    expect(written).toEqual(acknowledged);
    expect(written.length).toBeLessThanOrEqual(TEXTS.atOnce + TEXTS.perSecond * Math.ceil(seconds));
    const refused = caller.all('error');
    expect(refused[0]).toMatchObject({ kind: 'resource_exhausted', field: 'text', retryable: true });
    expect(refused.map(({ id }) => `text ${id}`).filter((text) => written.includes(text))).toEqual([]);
    expect(refused.length + written.length).toBe(200);
  }, 30_000);

  it.each([
    [
      'positions',
      'position',
      3_200,
      (caller: RawCaller) => caller.send({ type: 'playback.position', turn: 1, playedMs: 1 }),
    ],
    ['messages', 'message', 5_500, (caller: RawCaller) => caller.say('Hello')],
    ['pings', 'ping', 1_200, (caller: RawCaller) => caller.socket.ping()],
  ])(
    'with %s is told, and closed when it does not stop',
    async (_, field, count, send) => {
      const caller = await RawCaller.connect(gateway.url);
      caller.send({ type: 'call.start', token: 't' });
      await caller.first('call.started');
      for (let i = 0; i < count; i++) {
        send(caller);
        // Of pings that are not read in time the library cuts the connection by itself.
        if (field === 'ping' && i % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 2));
      }
      const { code } = await caller.closed;
      const told = caller.errors.filter(({ kind }) => kind === 'resource_exhausted');
      expect(told.map((error) => error.field)).toContain(field);
      expect(code).toBe(4429);
    },
    30_000,
  );
});
