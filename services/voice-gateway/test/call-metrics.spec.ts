/** What a gateway tells of the beginning of calls and of the ends of their connections. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { RawCaller } from '../../../tests/support/raw-caller.js';
import { startGateway, type GatewayUnderTest } from './gateway-under-test.js';

let gateway: GatewayUnderTest;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(async () => gateway?.stop());

/** Samples as "label=value …: value", those at 0 left out. */
async function samples(name: string, suffix = ''): Promise<string[]> {
  const metric = await gateway.service.registry.getSingleMetric(`orbisvoice_gateway_${name}`)!.get();
  return metric.values
    .filter((sample) => ((sample as { metricName?: string }).metricName ?? '').endsWith(suffix) && sample.value !== 0)
    .map(({ labels, value }) => {
      const pairs = Object.entries(labels).filter(([key]) => key !== 'service');
      return `${pairs.map(([key, text]) => `${key}=${text}`).join(' ')}: ${value}`;
    });
}

/** Once there are any. */
async function eventually(find: () => Promise<string[]>): Promise<string[]> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const found = await find();
    if (found.length > 0) return found;
    await sleep(10);
  }
  throw new Error('nothing was counted within 5 s');
}

describe('the set-up of a call', () => {
  const counts = () => samples('call_setup_stage_duration_seconds', '_count');
  const UP_TO_READY = ['token', 'agent', 'provider_connect', 'provider_ready'].map((stage) => `stage=${stage}: 1`);

  it('is measured by stage, up to the first sound of a greeting', async () => {
    gateway.answerAll({ greeting: 'Good morning.' });
    const caller = await RawCaller.connect(gateway.url);
    const greeting = caller.answer();
    caller.send({ type: 'call.start', token: 'a-token' });
    await greeting;
    expect(await counts()).toEqual([...UP_TO_READY, 'stage=first_audio: 1']);
    caller.say('My name is Ada');
    await caller.answer();
    await caller.end();
    expect(await counts()).toEqual([...UP_TO_READY, 'stage=first_audio: 1']);
  });

  it('has no first sound where it is the caller who speaks first', async () => {
    const caller = await RawCaller.call(gateway.url, 'a-token');
    caller.say('My name is Ada');
    await caller.answer();
    expect(await counts()).toEqual(UP_TO_READY);
    await caller.end();
  });

  it('ends where the call is refused', async () => {
    gateway.services.on('agents', {
      resolveAgent: () => {
        throw new DomainError('not_found', 'There is no such agent.');
      },
    });
    const caller = await RawCaller.connect(gateway.url);
    caller.send({ type: 'call.start', token: 'a-token' });
    await caller.closed;
    expect(await counts()).toEqual(['stage=token: 1']);
    expect(await samples('call_setup_duration_seconds', '_count')).toEqual([]);
  });
});

describe('the end of a connection is counted by code and side', () => {
  const closes = () => eventually(() => samples('ws_closes_total'));
  const rawSocketOf = (caller: RawCaller) => (caller.socket as unknown as { _socket: Socket })._socket;

  it.each<[what: string, end: (caller: RawCaller) => void, counted: string]>([
    ['a client that says goodbye', ({ socket }) => socket.close(1000), 'side=client code=1000'],
    ['a client that leaves', ({ socket }) => socket.close(1001), 'side=client code=1001'],
    ['a client that closes without a code', ({ socket }) => socket.close(), 'side=client code=1005'],
    ['a client with a code of its own', ({ socket }) => socket.close(4_242), 'side=client code=other'],
    ['a client that vanishes', ({ socket }) => socket.terminate(), 'side=client code=1006'],
    ['a first message that is none', (caller) => caller.send('what?'), 'side=gateway code=4400'],
    [
      'a frame of no kind',
      (caller) => rawSocketOf(caller).write(Buffer.from([0xff, 0x80, 0, 0, 0, 0])),
      'side=gateway code=1002',
    ],
    [
      'a text that is none',
      (caller) => rawSocketOf(caller).write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff])),
      'side=gateway code=1007',
    ],
    ['a message far too large', (caller) => caller.send('x'.repeat(300_000)), 'side=gateway code=1009'],
  ])('of %s', async (_what, end, counted) => {
    const caller = await RawCaller.connect(gateway.url);
    expect(await samples('ws_connections_active')).toEqual([': 1']);
    end(caller);
    await caller.closed;
    expect(await closes()).toEqual([`${counted}: 1`]);
    expect(await samples('ws_connections_active')).toEqual([]);
    expect(await samples('ws_connections_peak')).toEqual([': 1']);
  });

  it('of a call that has ended, whoever hung up', async () => {
    const caller = await RawCaller.call(gateway.url, 'a-token');
    await caller.end();
    expect(await closes()).toEqual(['side=gateway code=1000: 1']);
  });

  it('of a client that answers a close with another, by the first', async () => {
    const caller = await RawCaller.connect(gateway.url);
    caller.socket.on('message', () => caller.socket.close(1001));
    caller.send({ type: 'call.start', token: '' });
    await once(caller.socket, 'close');
    expect(await closes()).toEqual(['side=gateway code=4400: 1']);
  });
});
