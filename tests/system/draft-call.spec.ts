import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitFor } from '@orbisvoice/client/call/wait-for';
import { NodeVoice } from '@orbisvoice/client/node/node-voice';
import { startTestPlatform, type TestPlatform } from '../support/test-platform.js';

describe("a call with an agent's draft", () => {
  let test: TestPlatform;
  beforeAll(async () => {
    test = await startTestPlatform();
  }, 60_000);
  afterAll(async () => await test?.stop(), 30_000);

  /** What the agent greets with, and what the record says of its version. */
  async function call(agentId: string, draft?: boolean) {
    const getToken = () => test.api.callToken(agentId, undefined, draft);
    const voice = new NodeVoice({ url: test.platform.streamUrl, getToken });
    const greeting = waitFor(voice, 'transcriptFinished', ({ role }) => role === 'agent', 20_000);
    const { conversationId, agentVersion, draftRevision } = await voice.start();
    const { generated } = await greeting;
    await voice.end();
    const stored = await test.api.endedConversation(conversationId);
    expect(stored).toMatchObject({ agentVersion, draftRevision: draftRevision ?? null });
    return { greeting: generated.trim(), agentVersion, draftRevision: stored.draftRevision };
  }

  it('is with what was saved last, says so in the record, and leaves all other calls with what is published', async () => {
    const id = await test.api.createAgent({ greeting: 'The first one.', publish: false });
    expect(await call(id, true)).toEqual({ greeting: 'The first one.', agentVersion: 1, draftRevision: 1 });
    await test.api.request('POST', `/v1/agents/${id}/publish`);
    const refusal = { status: 412, problem: { errors: [{ field: 'draft' }] } };
    await expect(test.api.callToken(id, undefined, true)).rejects.toMatchObject(refusal);

    const config = { prompt: 'You are a test agent.', voice: 'ToneCode' };
    for (const greeting of ['A try.', 'The second one.']) {
      await test.api.request('PATCH', `/v1/agents/${id}`, { config: { ...config, greeting } });
    }
    expect(await call(id, true)).toEqual({ greeting: 'The second one.', agentVersion: 2, draftRevision: 4 });
    expect(await call(id, false)).toEqual({ greeting: 'The first one.', agentVersion: 1, draftRevision: null });
    expect(await call(id)).toMatchObject({ greeting: 'The first one.' });
  }, 60_000);
});
