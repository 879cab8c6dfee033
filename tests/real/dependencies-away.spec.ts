/**
 * What calls depend on is taken away in mid-call, and comes back. TEST_OUTAGE_MS says for how long. Its default is longer than a call's
 * lease with the grace for its client, and than every RPC waits, so that whatever gives up has given up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { VoiceError } from '@orbisvoice/client/call/voice-error';
import { ApiError } from '../support/api-client.js';
import { Conversation } from '../support/conversation.js';
import { CountedTool } from '../support/counted-tool.js';
import { Deployment } from '../support/deployment.js';
import { PublishedEvents } from '../support/published-events.js';
import type { ServiceProcess } from '../support/service-process.js';

const OUTAGE_MS = Number(process.env['TEST_OUTAGE_MS'] ?? 8_000);
const NORMAL_WITHIN_MS = 10_000;
/** A check may take 2 s, and what it found is told for another one. */
const SEEN_WITHIN_MS = 4_000;

jest.setTimeout(120_000 + 4 * OUTAGE_MS);

const tool = new CountedTool();
let deployment: Deployment;
let agentId: string;
let published: PublishedEvents;
const calls: Conversation[] = [];

beforeAll(async () => {
  await tool.listen();
  // So short that a gateway could take a call for abandoned because of an outage.
  const gatewayEnvironment = { CLIENT_GRACE_MS: '1500' };
  deployment = await Deployment.start({ outboundAllow: tool.hostAndPort, gatewayEnvironment });
  agentId = await deployment.api.createAgent({ toolIds: [await deployment.api.createTool(tool.definition)] });
  published = await PublishedEvents.from(deployment.nats.url);
});
beforeEach(async () => {
  for (const gateway of deployment.gateways)
    await eventually(async () => (await gateway.health()).status === 'ok', NORMAL_WITHIN_MS);
});
afterEach(async () => {
  await Promise.allSettled(calls.splice(0).map((call) => call.end()));
});
afterAll(async () => {
  await published?.stop();
  await deployment?.stop();
  tool.close();
});

function newCall(): Conversation {
  const call = new Conversation(deployment.streamUrl, agentId, deployment.api, NORMAL_WITHIN_MS);
  calls.push(call);
  return call;
}

async function proveWhole(call: Conversation): Promise<void> {
  call.proveHeard();
  await call.proveStored();
}

async function eventually(condition: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await condition().catch(() => false)); await sleep(100))
    if (Date.now() > deadline) throw new Error(`not so within ${timeoutMs} ms: ${condition}`);
}

async function allReport({ seenBy, dependency }: Outage, up: boolean): Promise<boolean> {
  const reported = await Promise.all(seenBy().map((service) => reports(service, dependency, up)));
  return reported.every(Boolean);
}

/** `/readyz` and the metrics of that service say whether the dependency answers. */
async function reports(service: ServiceProcess, dependency: string, up: boolean): Promise<boolean> {
  const { checks } = await service.health();
  const asked = checks[dependency]?.status === (up ? 'ok' : 'failed');
  return asked && (await service.dependencyUp(dependency)) === (up ? 1 : 0);
}

interface Outage {
  name: string;
  gone(): Promise<void>;
  back(): Promise<void>;
  /** Each of these must say so, by that name. */
  seenBy(): ServiceProcess[];
  dependency: string;
  /** What becomes of a tool call meanwhile. */
  tool: ToolOutcome;
  /** And of one whose tool is running when it begins. Default: ok. */
  runningTool?: ToolOutcome;
}

type ToolOutcome = 'ok' | 'unknown';

const ofService = (name: string, toolOutcome: ToolOutcome): Outage => ({
  name: `service ${name}`,
  gone: () => deployment.service(name).kill(),
  back: () => deployment.service(name).start(),
  seenBy: () => deployment.gateways,
  dependency: name,
  tool: toolOutcome,
});

const outages: Outage[] = [
  {
    name: 'Postgres',
    gone: () => deployment.stopPostgres(),
    back: () => deployment.startPostgres(),
    seenBy: () => ['accounts', 'agents', 'tools', 'transcripts'].map((name) => deployment.service(name)),
    dependency: 'postgres',
    tool: 'unknown',
  },
  {
    name: 'Redis',
    gone: () => deployment.redis.kill(),
    back: () => deployment.redis.start(),
    seenBy: () => deployment.gateways,
    dependency: 'redis',
    tool: 'ok',
  },
  {
    name: 'NATS',
    gone: () => deployment.nats.kill(),
    back: () => deployment.nats.start(),
    seenBy: () => [deployment.service('transcripts')],
    dependency: 'event_bus',
    tool: 'ok',
  },
  ofService('transcripts', 'ok'),
  { ...ofService('tools', 'unknown'), runningTool: 'unknown' },
  ofService('agents', 'ok'),
];

describe.each(outages)('$name, gone in mid-call and back', (outage) => {
  it('costs no call a word, no stored turn, and no tool a second run', async () => {
    const [staying, ending, working] = [newCall(), newCall(), newCall()];
    const runsBefore = tool.runs.size;
    await Promise.all([staying, ending, working].map((call) => call.start()));
    await Promise.all([staying.ask('Thanks'), ending.ask('Thanks')]);
    const run = tool.holdNext();
    const workDone = working.askForOrder();
    await run.begun;
    await outage.gone();
    run.release();
    const backAt = Date.now() + OUTAGE_MS;
    await Promise.all([staying.askForOrder(), ending.askAndEnd('Thanks'), workDone]);
    await eventually(() => allReport(outage, false), SEEN_WITHIN_MS);
    do await staying.ask('Thanks');
    while (Date.now() < backAt);
    await outage.back();
    const normalBy = Date.now() + NORMAL_WITHIN_MS;
    const known = eventually(() => allReport(outage, true), NORMAL_WITHIN_MS);
    await Promise.all([
      known.then(() => proveNormal(normalBy)),
      proveWhole(ending),
      ...[staying, working].map((call) => call.askAndEnd('Thanks').then(() => proveWhole(call))),
    ]);
    expect(await staying.toolOutcomes()).toEqual([outage.tool]);
    expect(await working.toolOutcomes()).toEqual([outage.runningTool ?? 'ok']);
    expect([...tool.runs.values()].filter((runs) => runs !== 1)).toEqual([]);
    expect(tool.runs.size - runsBefore).toBe(outage.tool === 'ok' ? 3 : 2);
    await Promise.all([staying, ending, working].map(({ id }) => published.proveWhole(id, NORMAL_WITHIN_MS)));
  });
});

/** A new call starts, and its tool works: at once, or at least when all must be normal. */
async function proveNormal(normalBy: number): Promise<void> {
  for (; ; await sleep(100)) {
    const call = newCall();
    const refusal = await call.start().then(() => undefined, asRefusal);
    if (refusal && Date.now() > normalBy) throw refusal;
    if (refusal) continue;
    await call.askForOrder();
    await call.end();
    await proveWhole(call);
    const outcomes = await call.toolOutcomes();
    if (outcomes[0] === 'unknown' && Date.now() < normalBy) continue;
    return expect(outcomes).toEqual(['ok']);
  }
}

/** @throws what is no refusal for the moment */
function asRefusal(error: unknown): Error {
  if (error instanceof VoiceError && error.retryable) return error;
  if (error instanceof ApiError && error.status === 503) return error;
  throw error;
}

describe('transcripts, away while a call ends', () => {
  it('gets the end from another gateway when the one that held the call dies', async () => {
    const call = newCall();
    await call.start();
    await deployment.service('transcripts').kill();
    await call.askAndEnd('Thanks');
    const { gateways } = deployment;
    await Promise.all(gateways.map((gateway) => gateway.kill()));
    await deployment.service('transcripts').start();
    await Promise.all(gateways.map((gateway) => gateway.start()));
    await eventually(async () => (await deployment.api.conversation(call.id)).endedAt !== null, 30_000);
    await proveWhole(call);
  });
});
