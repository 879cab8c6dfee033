import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Sensitivity, type UpdateAgentRequest } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { config, member, newAgent, startAgents, type AgentsUnderTest } from './agents-under-test.js';

let agents: AgentsUnderTest;
beforeAll(async () => {
  agents = await startAgents();
}, 60_000);
afterAll(async () => await agents?.stop());

const update = (id: string, changes: Partial<UpdateAgentRequest>): UpdateAgentRequest => ({
  id,
  name: undefined,
  config: undefined,
  expectedRevision: undefined,
  ...changes,
});

async function created(caller = member()) {
  const { agent } = await agents.client.createAgent(newAgent(), caller);
  return { caller, id: agent!.id };
}

async function versionsOf(id: string, caller: ReturnType<typeof member>) {
  return (await agents.client.listAgentVersions({ agentId: id, pageSize: 0, pageToken: '' }, caller)).versions;
}

describe('an agent (S0-21)', () => {
  it('is created with its draft as version 1 and found again', async () => {
    const caller = member();
    const full = config({
      greeting: 'Hello!',
      voice: 'Puck',
      languageCode: 'en-US',
      model: 'gemini-live',
      temperature: 0.7,
      toolIds: [randomUUID()],
      turnDetection: {
        startSensitivity: Sensitivity.SENSITIVITY_LOW,
        endSensitivity: Sensitivity.SENSITIVITY_HIGH,
        prefixPaddingMs: 0,
        silenceDurationMs: 800,
        noInterruption: true,
      },
      maxCallSeconds: 600,
    });
    const { agent } = await agents.client.createAgent({ name: 'Pizzeria', config: full }, caller);
    expect(agent).toMatchObject({ name: 'Pizzeria', publishedVersion: 0, draftVersion: 1, revision: 1, config: full });
    expect(await agents.client.getAgent({ id: agent!.id }, caller)).toEqual({ agent });
  });

  it('is gone after it was deleted, and can be deleted once', async () => {
    const { caller, id } = await created();
    await agents.client.deleteAgent({ id }, caller);
    await expect(agents.client.getAgent({ id }, caller)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(agents.client.resolveAgent({ agentId: id, draft: false }, caller)).rejects.toMatchObject({
      kind: 'not_found',
    });
    await expect(agents.client.deleteAgent({ id }, caller)).rejects.toMatchObject({ kind: 'not_found' });
    expect((await agents.client.listAgents({ pageSize: 0, pageToken: '' }, caller)).agents).toEqual([]);
  });

  it('changes its name alone without touching the draft', async () => {
    const { caller, id } = await created();
    const { agent } = await agents.client.updateAgent(update(id, { name: 'Trattoria' }), caller);
    expect(agent).toMatchObject({ name: 'Trattoria', draftVersion: 1, revision: 2, config: config() });
  });

  it('keeps its revision when an update changes nothing', async () => {
    const { caller, id } = await created();
    const { agent } = await agents.client.updateAgent(update(id, {}), caller);
    expect(agent).toMatchObject({ revision: 1 });
  });

  it('refuses an update that expects an older revision', async () => {
    const { caller, id } = await created();
    await agents.client.updateAgent(update(id, { name: 'First', expectedRevision: 1 }), caller);
    await expect(
      agents.client.updateAgent(update(id, { name: 'Second', expectedRevision: 1 }), caller),
    ).rejects.toMatchObject({ kind: 'conflict', violations: [{ field: 'expected_revision', message: 'must be 2' }] });
  });
});

describe('versions', () => {
  it('resolve to the published one, whatever the draft says', async () => {
    const { caller, id } = await created();
    await expect(agents.client.resolveAgent({ agentId: id, draft: false }, caller)).rejects.toMatchObject({
      kind: 'failed_precondition',
    });
    const { agent } = await agents.client.publishAgent({ id }, caller);
    expect(agent).toMatchObject({ publishedVersion: 1, draftVersion: 0, revision: 2, config: config() });
    await agents.client.updateAgent(update(id, { config: config({ prompt: 'A new one.' }) }), caller);
    const resolved = await agents.client.resolveAgent({ agentId: id, draft: false }, caller);
    expect(resolved).toMatchObject({ name: 'Pizzeria', version: { agentId: id, version: 1, config: config() } });
    expect(resolved.version?.publishedAt).toBeDefined();
  });

  it('resolve to the draft where that is asked for, with the revision that it had', async () => {
    const { caller, id } = await created();
    const draft = () => agents.client.resolveAgent({ agentId: id, draft: true }, caller);
    expect(await draft()).toMatchObject({ version: { version: 1, config: config() }, draftRevision: 1 });
    await agents.client.updateAgent(update(id, { config: config({ prompt: 'Still one.' }) }), caller);
    expect(await draft()).toMatchObject({
      version: { version: 1, config: { prompt: 'Still one.' } },
      draftRevision: 2,
    });
    await agents.client.publishAgent({ id }, caller);
    await expect(draft()).rejects.toMatchObject({
      kind: 'failed_precondition',
      message: expect.stringMatching(/no draft/),
    });
    await agents.client.updateAgent(update(id, { config: config({ prompt: 'Two.' }) }), caller);
    expect(await draft()).toMatchObject({ version: { version: 2, config: { prompt: 'Two.' } } });
    const published = await agents.client.resolveAgent({ agentId: id, draft: false }, caller);
    expect(published).toMatchObject({ version: { version: 1 }, draftRevision: 0 });
  });

  it('keep the draft from those who may not write agents', async () => {
    const { caller, id } = await created();
    const onlooker = { caller: { ...caller.caller, roles: [] } };
    await expect(agents.client.resolveAgent({ agentId: id, draft: true }, onlooker)).rejects.toMatchObject({
      kind: 'permission_denied',
    });
  });

  it('open once per publish: later changes go to the same draft', async () => {
    const { caller, id } = await created();
    await agents.client.publishAgent({ id }, caller);
    await agents.client.updateAgent(update(id, { config: config({ prompt: 'Two.' }) }), caller);
    const { agent } = await agents.client.updateAgent(update(id, { config: config({ prompt: 'Still two.' }) }), caller);
    expect(agent).toMatchObject({ publishedVersion: 1, draftVersion: 2, config: { prompt: 'Still two.' } });
    const versions = await versionsOf(id, caller);
    expect(versions.map((version) => [version.version, version.config?.prompt])).toEqual([
      [2, 'Still two.'],
      [1, config().prompt],
    ]);
    expect(versions[0]?.publishedAt).toBeUndefined();
    expect(versions[1]?.publishedAt).toBeDefined();
  });

  it('cannot be published twice', async () => {
    const { caller, id } = await created();
    await agents.client.publishAgent({ id }, caller);
    await expect(agents.client.publishAgent({ id }, caller)).rejects.toMatchObject({ kind: 'failed_precondition' });
  });

  it('can be restored into a draft, which says where it came from until it is rewritten', async () => {
    const { caller, id } = await created();
    await agents.client.publishAgent({ id }, caller);
    await agents.client.updateAgent(update(id, { config: config({ prompt: 'Two.' }) }), caller);
    await agents.client.publishAgent({ id }, caller);
    const { agent } = await agents.client.restoreAgentVersion({ agentId: id, version: 1 }, caller);
    expect(agent).toMatchObject({ publishedVersion: 2, draftVersion: 3, config: config() });
    expect((await versionsOf(id, caller))[0]).toMatchObject({ version: 3, restoredFromVersion: 1 });
    await agents.client.updateAgent(update(id, { config: config({ prompt: 'Three.' }) }), caller);
    expect((await versionsOf(id, caller))[0]).toMatchObject({ version: 3, restoredFromVersion: 0 });
  });

  it('that do not exist, or are the draft, cannot be restored', async () => {
    const { caller, id } = await created();
    await expect(agents.client.restoreAgentVersion({ agentId: id, version: 9 }, caller)).rejects.toMatchObject({
      kind: 'not_found',
    });
    await expect(agents.client.restoreAgentVersion({ agentId: id, version: 1 }, caller)).rejects.toMatchObject({
      kind: 'invalid_argument',
      violations: [{ field: 'version', message: 'must be older than the draft' }],
    });
  });

  it('stay consistent when publishes, updates and restores race', async () => {
    const { caller, id } = await created();
    await agents.client.publishAgent({ id }, caller);
    const attempts = Array.from({ length: 24 }, (_, index) => {
      if (index % 3 === 0) return agents.client.publishAgent({ id }, caller);
      if (index % 3 === 1) return agents.client.restoreAgentVersion({ agentId: id, version: 1 }, caller);
      return agents.client.updateAgent(update(id, { config: config({ prompt: `Prompt ${index}` }) }), caller);
    });
    const results = await Promise.allSettled(attempts);
    const refused = results.filter((result) => result.status === 'rejected');
    // A publish is refused when the draft that was tried is no longer the one to be published.
    const kinds = ['failed_precondition', 'invalid_argument', 'conflict'];
    for (const result of refused) expect(kinds).toContain(result.reason.kind);
    const { agent } = await agents.client.getAgent({ id }, caller);
    expect(agent?.revision).toBe(2 + results.length - refused.length);
    const versions = await versionsOf(id, caller);
    expect(versions.map((version) => version.version)).toEqual(
      Array.from({ length: versions.length }, (_, index) => versions.length - index),
    );
    const drafts = versions.filter((version) => version.publishedAt === undefined).map((version) => version.version);
    expect(drafts).toEqual(agent!.draftVersion > 0 ? [agent!.draftVersion] : []);
  });

  it('let only one of several updates with the same expected revision through', async () => {
    const { caller, id } = await created();
    const results = await Promise.allSettled(
      ['A', 'B', 'C', 'D'].map((name) => agents.client.updateAgent(update(id, { name, expectedRevision: 1 }), caller)),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });
});

describe('pages', () => {
  it('list agents newest first, each once', async () => {
    const caller = member();
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.unshift((await created(caller)).id);
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await agents.client.listAgents({ pageSize: 2, pageToken }, caller);
      expect(page.agents.length).toBeLessThanOrEqual(2);
      seen.push(...page.agents.map((agent) => agent.id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual(ids);
  });

  it('list versions newest first, each once', async () => {
    const { caller, id } = await created();
    for (let version = 2; version <= 5; version += 1) {
      await agents.client.publishAgent({ id }, caller);
      await agents.client.updateAgent(update(id, { config: config({ prompt: `Version ${version}` }) }), caller);
    }
    const first = await agents.client.listAgentVersions({ agentId: id, pageSize: 3, pageToken: '' }, caller);
    const second = await agents.client.listAgentVersions(
      { agentId: id, pageSize: 3, pageToken: first.nextPageToken },
      caller,
    );
    expect([...first.versions, ...second.versions].map((version) => version.version)).toEqual([5, 4, 3, 2, 1]);
    expect(second.nextPageToken).toBe('');
  });

  it('refuse a size above 100 and a token that no page gave', async () => {
    const caller = member();
    await expect(agents.client.listAgents({ pageSize: 101, pageToken: '' }, caller)).rejects.toMatchObject({
      violations: [{ field: 'page_size', message: 'must be at most 100' }],
    });
    await expect(agents.client.listAgents({ pageSize: 0, pageToken: 'x' }, caller)).rejects.toMatchObject({
      violations: [{ field: 'page_token' }],
    });
  });
});
