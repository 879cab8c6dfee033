/** What the provider refuses is told to the owner: at the start, when an agent is published, and in the record. Never to the caller. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSimulator, type Simulator } from '@orbisvoice/simulator/create-simulator';
import type { NewAgent } from '../support/api-client.js';
import { RawCaller } from '../support/raw-caller.js';
import { startTestPlatform, type TestPlatform } from '../support/test-platform.js';

const KEY = 'the-key-that-the-platform-has';

let simulator: Simulator;
let test: TestPlatform;
let keyIsGood = true;

beforeAll(async () => {
  simulator = createSimulator({ apiKeys: (key) => keyIsGood && key === KEY });
  const { url } = await simulator.listen({ port: 0, host: '127.0.0.1' });
  test = await startTestPlatform({ gemini: { apiKey: KEY, baseUrl: url } });
}, 60_000);
afterAll(async () => {
  await test?.stop();
  await simulator.close();
});

interface Published {
  publishedVersion: number;
  modelCheck: { outcome: string; detail: string | null } | null;
}

async function draft(config: NewAgent): Promise<string> {
  return await test.api.createAgent({ ...config, publish: false });
}
const publish = async (id: string) => await test.api.request<Published>('POST', `/v1/agents/${id}/publish`);

/** The record is written behind the call, which is over before it is stored. */
async function firstConversation(agentId: string): Promise<string> {
  for (const deadline = Date.now() + 5_000; Date.now() < deadline; await sleep(50)) {
    const { items } = await test.api.request<{ items: { id: string }[] }>(
      'GET',
      `/v1/conversations?agentId=${agentId}`,
    );
    if (items[0]) return items[0].id;
  }
  throw new Error('no conversation was stored');
}

describe('what the provider refuses', () => {
  it('is tried at the start', async () => {
    expect(await test.platform.providerVerdict).toEqual({ outcome: 'accepted' });
  });

  it.each([
    [{ voice: 'Banana' }, 'config.voice', /voice Banana/],
    [{ model: 'gpt-live' }, 'config.model', /models\/gpt-live is not found/],
  ])('is not published: %j', async (config, field, words) => {
    const id = await draft(config);
    await expect(publish(id)).rejects.toThrow(field);
    await expect(publish(id)).rejects.toThrow(words);
  });

  it('is published when it is accepted, and says so', async () => {
    expect(await publish(await draft({ voice: 'Puck' }))).toMatchObject({
      publishedVersion: 1,
      modelCheck: { outcome: 'accepted', detail: null },
    });
  });

  it('in the middle of its life is in the record, in the words of the provider, and not told to the caller', async () => {
    const id = await draft({});
    await publish(id);
    keyIsGood = false;
    try {
      const caller = await RawCaller.connect(test.platform.streamUrl);
      caller.send({ type: 'call.start', token: await test.api.callToken(id) });
      await caller.closed;
      expect(JSON.stringify(caller.messages)).toContain('refused the session');
      expect(JSON.stringify(caller.messages)).not.toContain('API key');
      const { endReason, endDetail } = await test.api.endedConversation(await firstConversation(id));
      expect({ endReason, endDetail }).toEqual({
        endReason: 'provider_failed',
        endDetail: expect.stringContaining('API key not valid'),
      });
      // The key is not the agent's fault: it is published, and its owner is told.
      expect(await publish(await draft({}))).toMatchObject({
        publishedVersion: 1,
        modelCheck: { outcome: 'refused', detail: expect.stringContaining('API key not valid') },
      });
    } finally {
      keyIsGood = true;
    }
  });
});
