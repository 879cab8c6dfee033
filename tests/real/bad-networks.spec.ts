/**
 * Networks that are slow, narrow, cut connections or swallow everything, between each two that a call needs. Each place has a gateway
 * of its own, so that a network is tried at all of them at once; at the same time it is between the services and their stores.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Conversation } from '../support/conversation.js';
import { CountedTool } from '../support/counted-tool.js';
import { Deployment } from '../support/deployment.js';
import { PublishedEvents } from '../support/published-events.js';
import { Toxiproxy, type Toxic } from '../support/toxiproxy.js';

jest.setTimeout(120_000);

/** What a call needs, by the place that it is tried at. */
const PLACES = {
  client: ['client'],
  provider: ['provider'],
  redis: ['redis'],
  services: ['accounts', 'agents', 'tools', 'transcripts'],
};
type Place = keyof typeof PLACES;
const places = Object.keys(PLACES) as Place[];
const STORES = ['postgres', 'nats'];
const ALL = [...Object.values(PLACES).flat(), ...STORES];

const FAULT_MS = 4_000;
/** What a toxic has taken hold of before it was removed may still suffer from it. */
const AFTER_EFFECT_MS = 1_000;
const NORMAL_WITHIN_MS = 10_000;

interface Network {
  name: string;
  toxic: Toxic;
  /** Words get through meanwhile. */
  carries: boolean;
}

const networks: Network[] = [
  { name: 'of 300 ms more each way', toxic: { type: 'latency', attributes: { latency: 300 } }, carries: true },
  { name: 'of 64 kB/s', toxic: { type: 'bandwidth', attributes: { rate: 64 } }, carries: true },
  {
    name: 'that resets each connection after 500 ms',
    toxic: { type: 'reset_peer', attributes: { timeout: 500 } },
    carries: false,
  },
  {
    name: 'that lets nothing through, and tells nobody',
    toxic: { type: 'timeout', attributes: { timeout: 0 } },
    carries: false,
  },
];

const toxiproxy = new Toxiproxy();
const tool = new CountedTool();
let deployment: Deployment;
let published: PublishedEvents;
let clientPort: number;
let agentId: string;

beforeAll(async () => {
  await Promise.all([toxiproxy.start(), tool.listen()]);
  deployment = await Deployment.start({
    gateways: places.length,
    outboundAllow: tool.hostAndPort,
    between: async (server, port, gateway) => {
      const isTried = gateway === undefined || PLACES[places[gateway]!].includes(server);
      return isTried ? await toxiproxy.between(server, port) : port;
    },
  });
  clientPort = await toxiproxy.between('client', deployment.portOf(places.indexOf('client')));
  agentId = await deployment.api.createAgent({ toolIds: [await deployment.api.createTool(tool.definition)] });
  published = await PublishedEvents.from(deployment.nats.url);
});
afterAll(async () => {
  await published?.stop();
  await deployment?.stop();
  await toxiproxy.stop();
  tool.close();
});

function newCall(place: Place): Conversation {
  const port = place === 'client' ? clientPort : deployment.portOf(places.indexOf(place));
  return new Conversation(`ws://127.0.0.1:${port}/stream`, agentId, deployment.api, NORMAL_WITHIN_MS);
}

async function begin(call: Conversation): Promise<void> {
  await call.start();
  await call.ask('My name is Ada');
}

/** A tool's user goes on in any network, since everything that it hears and says gets through. */
async function goOn(place: Place, call: Conversation, carries: boolean): Promise<void> {
  if (place === 'services') await call.askForOrder();
  else if (carries) await call.ask('Thanks');
}

async function finish(call: Conversation): Promise<void> {
  while (call.voice.call.state === 'reconnecting') await sleep(50);
  const answer = call.nextAgentTurn(60_000, /Your name is Ada/);
  await call.say('What is my name?');
  await answer;
  await call.end();
}

describe.each(networks)('a network $name', ({ toxic, carries }) => {
  const calls = new Map<Place, Conversation>();
  const ends = new Map<Place | 'late', Promise<void>>();
  /** Starts in the bad network. */
  let late: Conversation;

  beforeAll(async () => {
    for (const place of places) calls.set(place, newCall(place));
    await Promise.all([...calls.values()].map(begin));
    await Promise.all(ALL.map((name) => toxiproxy.poison(name, toxic)));
    const during = new Map([...calls].map(([place, call]) => [place, goOn(place, call, carries)]));
    if (carries) await (late = newCall('services')).start();
    else await sleep(FAULT_MS);
    if (carries) await Promise.allSettled(during.values());
    await Promise.all(ALL.map((name) => toxiproxy.heal(name)));
    if (!carries) await sleep(AFTER_EFFECT_MS);
    for (const [place, call] of calls)
      ends.set(
        place,
        during.get(place)!.then(() => finish(call)),
      );
    if (carries)
      ends.set(
        'late',
        late.askForOrder().then(() => late.end()),
      );
    for (const end of ends.values()) end.catch(() => undefined); // its test says so
  });
  afterAll(async () => {
    await Promise.allSettled(ends.values());
  });

  it.each(places)('between the gateway and the %s ends no call, and the record is whole', async (place) => {
    const call = calls.get(place)!;
    await ends.get(place);
    await call.proveStored();
    await published.proveWhole(call.id, NORMAL_WITHIN_MS);
    if (!carries) return;
    call.proveHeard();
    expect(call.voice.call.stats).toMatchObject({ reconnects: 0, agentFramesLost: 0 });
  });

  it('lets a tool run at most once', async () => {
    const call = calls.get('services')!;
    await ends.get('services');
    const [outcome] = await call.toolOutcomes();
    if (carries) expect(outcome).toBe('ok');
    const runs = [...tool.runs].filter(([key]) => key.startsWith(call.id)).map(([, count]) => count);
    expect(outcome === 'ok' ? [[1]] : [[], [1]]).toContainEqual(runs);
  });

  if (carries)
    it('lets a call start', async () => {
      await ends.get('late');
      late.proveHeard();
      await late.proveStored();
    });
});
