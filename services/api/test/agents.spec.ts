import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DomainError, invalidField, notFound } from '@orbisvoice/service-kit/errors';
import { acceptCredentials, startApi, type ApiUnderTest } from './api-under-test.js';
import { agent, AGENT_ID, config, TOOL_ID } from './samples.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
}, 60_000);
afterAll(async () => await api?.stop());
beforeEach(() => acceptCredentials(api.fakes));
afterEach(() => {
  expect(api.fakes.unexpected).toEqual([]);
  api.fakes.reset();
});

const path = `/v1/agents/${AGENT_ID}`;
const requestOf = (method: string) => api.fakes.callsOf(method)[0]?.request;

describe('agents (S0-21)', () => {
  it('are created from what the caller says and defaults', async () => {
    api.fakes.on('agents', { createAgent: () => ({ agent }) });
    const body = {
      name: 'Reception',
      config: { prompt: 'Be brief.', toolIds: [TOOL_ID], voice: null, maxCallSeconds: 60 },
    };
    const created = await api.ask('POST', '/v1/agents', { body });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(path);
    expect(created.headers.get('etag')).toBe('"7"');
    expect(created.headers.get('cache-control')).toBe('no-store');
    expect(created.body).toMatchObject({
      id: AGENT_ID,
      publishedVersion: 2,
      draftVersion: null,
      createdAt: '2026-01-31T12:00:00.250Z',
    });
    expect(requestOf('agents.createAgent')).toMatchObject({
      name: 'Reception',
      config: { prompt: 'Be brief.', greeting: '', voice: '', toolIds: [TOOL_ID], maxCallSeconds: 60 },
    });
  });

  it.each(['/v1/agents', '/agents'])('are listed page by page at %s (S0-20)', async (list) => {
    api.fakes.on('agents', {
      listAgents: ({ pageToken }) => ({ agents: [agent], nextPageToken: pageToken === '' ? 'more' : '' }),
    });
    const first = await api.ask('GET', `${list}?limit=1`);
    expect(first.body).toMatchObject({ items: [{ id: AGENT_ID }], nextCursor: 'more' });
    const second = await api.ask('GET', `${list}?cursor=more`);
    expect(second.body.nextCursor).toBeNull();
    expect(api.fakes.callsOf('agents.listAgents').map((call) => call.request)).toEqual([
      { pageSize: 1, pageToken: '' },
      { pageSize: 20, pageToken: 'more' },
    ]);
  });

  it('are read with the revision as ETag', async () => {
    api.fakes.on('agents', { getAgent: () => ({ agent }) });
    const read = await api.ask('GET', path);
    expect([read.status, read.headers.get('etag')]).toEqual([200, '"7"']);
    expect(read.body.config).toMatchObject({
      languageCode: null,
      maxCallSeconds: 3_600,
      turnDetection: { startSensitivity: 'high' },
    });
  });

  it('are changed in part: what is left out stays', async () => {
    api.fakes.on('agents', { updateAgent: () => ({ agent: { ...agent, revision: 8 } }) });
    const changed = await api.ask('PATCH', path, { body: { name: 'Front desk' } });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"8"']);
    expect(requestOf('agents.updateAgent')).toEqual({
      id: AGENT_ID,
      name: 'Front desk',
      config: undefined,
      expectedRevision: undefined,
    });
  });

  it('are changed only from the revision that If-Match names', async () => {
    api.fakes.on('agents', {
      updateAgent: ({ expectedRevision }) => {
        if (expectedRevision !== 7) throw new DomainError('conflict', 'The agent has changed.');
        return { agent };
      },
    });
    const change = (ifMatch: string) =>
      api.ask('PATCH', path, { headers: { 'if-match': ifMatch }, body: { name: 'x' } });
    expect((await change('"7"')).status).toBe(200);
    const stale = await change('"6"');
    expect(stale.status).toBe(412);
    expect(stale.body).toMatchObject({
      type: 'https://orbisvoice.dev/problems/failed-precondition',
      detail: 'The agent has changed since revision 6. Read it again.',
      errors: [{ field: 'If-Match' }],
    });
    expect((await change('7')).status).toBe(400);
  });

  it('are deleted', async () => {
    api.fakes.on('agents', { deleteAgent: () => ({}) });
    const deleted = await api.ask('DELETE', path);
    expect([deleted.status, deleted.body]).toEqual([204, undefined]);
  });

  it('have versions that are listed, published and restored', async () => {
    const version = {
      agentId: AGENT_ID,
      version: 2,
      config,
      publishedAt: agent.createdAt,
      createdAt: agent.createdAt,
      restoredFromVersion: 1,
    };
    api.fakes.on('agents', {
      listAgentVersions: () => ({
        versions: [version, { ...version, version: 3, publishedAt: undefined }],
        nextPageToken: '',
      }),
      publishAgent: () => ({ agent, modelCheck: undefined }),
      restoreAgentVersion: () => ({ agent: { ...agent, draftVersion: 3 } }),
    });
    const versions = await api.ask('GET', `${path}/versions?limit=5`);
    expect(versions.body.items).toMatchObject([
      { version: 2, restoredFromVersion: 1 },
      { version: 3, publishedAt: null },
    ]);
    expect(requestOf('agents.listAgentVersions')).toEqual({ agentId: AGENT_ID, pageSize: 5, pageToken: '' });
    expect((await api.ask('POST', `${path}/publish`)).status).toBe(200);
    const restored = await api.ask('POST', `${path}/versions/1/restore`);
    expect([restored.status, restored.body.draftVersion]).toEqual([200, 3]);
    expect(requestOf('agents.restoreAgentVersion')).toEqual({ agentId: AGENT_ID, version: 1 });
  });

  it('answer what the service refuses, with the names that REST has for its fields', async () => {
    api.fakes.on('agents', {
      getAgent: ({ id }) => {
        throw notFound('agent', id);
      },
      publishAgent: () => {
        throw new DomainError('failed_precondition', 'There is no draft to publish.');
      },
      createAgent: () => {
        throw invalidField('config.tool_ids.0', 'must be a tool of the organization');
      },
      listAgents: () => {
        throw invalidField('page_token', 'must be the next_page_token of an earlier page');
      },
    });
    expect((await api.ask('GET', path)).body).toMatchObject({
      status: 404,
      detail: `There is no agent with id "${AGENT_ID}".`,
    });
    expect((await api.ask('POST', `${path}/publish`)).body).toMatchObject({
      status: 412,
      detail: 'There is no draft to publish.',
    });
    const created = await api.ask('POST', '/v1/agents', {
      body: { name: 'x', config: { prompt: 'x', toolIds: [TOOL_ID] } },
    });
    expect(created.body).toMatchObject({
      status: 400,
      detail: 'config.toolIds.0: must be a tool of the organization',
      errors: [{ field: 'config.toolIds.0', message: 'must be a tool of the organization' }],
    });
    const listed = await api.ask('GET', '/v1/agents?cursor=forged');
    expect(listed.body.detail).toBe('cursor: must be the nextCursor of an earlier page');
  });

  it('answer nothing of what went wrong inside', async () => {
    api.fakes.on('agents', {
      getAgent: () => {
        throw new Error('password=secret at db.internal');
      },
    });
    const { status, body } = await api.ask('GET', path);
    expect([status, body.detail]).toEqual([500, 'Something went wrong on our side.']);
    expect(JSON.stringify(body)).not.toContain('secret');
  });
});
