import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { VOICE_SUBPROTOCOL } from '@orbisvoice/client/protocol/constants';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { RawCaller, refusedUpgrade } from '../../../tests/support/raw-caller.js';
import { startGateway, type GatewayUnderTest } from './gateway-under-test.js';

jest.setTimeout(30_000);

let gateway: GatewayUnderTest;
const silent: RawCaller[] = [];
const crowds: (() => void)[] = [];

afterEach(async () => {
  for (const stop of crowds.splice(0)) stop();
  for (const { socket } of silent.splice(0)) socket.terminate();
  await gateway?.stop();
});

async function start(environment: Record<string, string> = {}): Promise<void> {
  gateway = await startGateway({ MAX_EVENT_LOOP_LAG_MS: '60000', ...environment });
}

/** Sockets that show nothing. */
async function sitDown(count: number, headers: Record<string, string> = {}, query = ''): Promise<RawCaller[]> {
  const sockets = await Promise.all(
    Array.from({ length: count }, () => RawCaller.connect(gateway.url + query, headers)),
  );
  silent.push(...sockets);
  return sockets;
}

async function metric(name: string, label = ''): Promise<number> {
  const lines = (await gateway.service.registry.metrics()).split('\n');
  const line = lines.find((each) => each.startsWith(`orbisvoice_gateway_${name}`) && each.includes(label));
  return Number(line?.split(' ').at(-1) ?? Number.NaN);
}

const REOPEN_MS = 5;

/**
 * More sockets than there are places, so that some are always told to leave and come again; but not so many that all the places change
 * hands in the moment between a caller's upgrade and its first message, which in this process wait for the same thread.
 */
const PLACES = 40;
const CROWD = 60;

/** Opens silent sockets again soon after they are closed, until it is stopped. */
function crowd(size: number, query: string): () => void {
  const open = new Set<WebSocket>();
  let isOn = true;
  const sitDownAgain = () => {
    if (!isOn) return;
    const socket = new WebSocket(gateway.url + query, VOICE_SUBPROTOCOL);
    open.add(socket);
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      open.delete(socket);
      setTimeout(sitDownAgain, REOPEN_MS);
    });
  };
  for (let i = 0; i < size; i++) sitDownAgain();
  return () => {
    isOn = false;
    for (const socket of open) socket.terminate();
  };
}

/** Every token is of the same organization and agent, as those of a client that comes back are. */
const OWNER = {
  organizationId: '5f0c6a52-6d0c-4f0e-8f55-111111111111',
  agentId: '5f0c6a52-6d0c-4f0e-8f55-222222222222',
  subject: 'api-key:1',
  draft: false,
};

describe('a socket that shows nothing', () => {
  it('takes no place that a call needs', async () => {
    await start({ MAX_CALLS: '1' });
    await sitDown(20);
    const caller = await RawCaller.call(gateway.url, 'token');
    expect((await refusedUpgrade(gateway.url, [VOICE_SUBPROTOCOL])).status).toBe(503);
    expect(await metric('ws_unstarted', 'kind="new"')).toBe(20);
    await caller.end();
  });

  it('gives way to the next one of its address, and is told so', async () => {
    await start({ MAX_UNSTARTED_PER_ADDRESS: '3' });
    const [first] = await sitDown(1);
    await sitDown(3);
    expect(await first!.closed).toEqual({ code: 4503, reason: 'unavailable' });
    expect(first!.errors).toEqual([
      {
        type: 'error',
        kind: 'unavailable',
        message: 'This gateway takes no more calls at the moment.',
        retryable: true,
      },
    ]);
    expect(await metric('ws_unstarted_ended_total', 'how="evicted"')).toBe(1);
  });

  it('of one client never takes the place of another client behind the same proxy', async () => {
    await start({ MAX_UNSTARTED_PER_ADDRESS: '3', MAX_UNSTARTED: '6', TRUSTED_PROXIES: '127.0.0.0/8' });
    const [quiet] = await sitDown(1, { 'x-forwarded-for': '2001:db8:1:1::1' });
    for (let host = 0; host < 20; host++) await sitDown(1, { 'x-forwarded-for': `2001:db8:2:2::${host}` });
    expect(quiet!.socket.readyState).toBe(WebSocket.OPEN);
    expect(await metric('ws_unstarted', 'kind="new"')).toBe(4);
  });

  it('keeps nobody out, not even a client that comes back to its call, however fast a crowd of them comes again', async () => {
    await start({ MAX_CALLS: '10', MAX_UNSTARTED: `${PLACES}`, MAX_UNSTARTED_PER_ADDRESS: `${PLACES}` });
    gateway.services.on('accounts', { redeemCallToken: () => OWNER });
    const held = await RawCaller.call(gateway.url, 'token');
    crowds.push(crowd(CROWD, ''), crowd(CROWD, '?resume'));
    await sleep(1_000);
    const resumed: string[] = [];
    for (let i = 0; i < 5; i++) {
      const caller = await RawCaller.call(gateway.url, 'token');
      const { resumeTicket } = caller.all('call.started')[0]!;
      caller.socket.terminate();
      await sleep(50);
      const back = await RawCaller.connect(`${gateway.url}?resume`);
      back.send({ type: 'call.start', token: 'token', resumeTicket });
      expect((await back.first('call.started')).conversationId).toBe(caller.conversationId);
      resumed.push(caller.conversationId);
      await back.end();
    }
    expect(new Set(resumed).size).toBe(5);
    expect(held.socket.readyState).toBe(WebSocket.OPEN);
    await held.end();
  });
});

describe('tokens that are worth nothing', () => {
  it('cost a few look-ups at once, and keep out nobody whose token is good', async () => {
    await start();
    let running = 0;
    let most = 0;
    let count = 0;
    gateway.services.on('accounts', {
      redeemCallToken: async ({ token }: { token: string }) => {
        count += 1;
        most = Math.max(most, (running += 1));
        await sleep(5);
        running -= 1;
        if (token === 'good') return OWNER;
        throw new DomainError('unauthenticated', 'The call token is not valid.');
      },
    });
    const guesses = await sitDown(100);
    for (const guess of guesses) guess.send({ type: 'call.start', token: 'guess' });
    const caller = await RawCaller.call(gateway.url, 'good');
    expect(most).toBeLessThanOrEqual(4);
    expect(count).toBe(101);
    await caller.end();
  });
});

describe('an upgrade that does not come about', () => {
  const request = (headers: string[]) => ['GET /stream HTTP/1.1', 'Host: x', ...headers, '', ''].join('\r\n');
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', `Sec-WebSocket-Protocol: ${VOICE_SUBPROTOCOL}`];

  it.each([
    ['malformed', 400, request([...upgrade, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: short'])],
    ['wrong_subprotocol', 400, request(upgrade.slice(0, 2))],
    ['wrong_path', 404, request(upgrade).replace('/stream', '/other')],
  ])('leaves a count: %s, and an answer with %d', async (reason, status, sent) => {
    await start();
    const socket = connect(gateway.service.httpPort, '127.0.0.1');
    socket.write(sent);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(await metric('ws_upgrades_total', `result="${reason}"`)).toBe(1);
    socket.destroy();
  });
});
