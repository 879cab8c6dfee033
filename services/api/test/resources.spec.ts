import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiKey } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { DomainError, invalidField, notFound } from '@orbisvoice/service-kit/errors';
import {
  acceptCredentials,
  API_KEY_ID,
  CONSOLE_ORIGIN,
  inAnHour,
  ORGANIZATION_ID,
  startApi,
  type ApiUnderTest,
} from './api-under-test.js';
import { agent, AGENT_ID, config, conversation, CONVERSATION_ID, tool, TOOL_ID, turn } from './samples.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi({ NEXT_PUBLIC_VOICE_GATEWAY_URL: 'wss://voice.example.com' });
}, 60_000);
afterAll(async () => await api?.stop());
beforeEach(() => acceptCredentials(api.fakes));
afterEach(() => {
  expect(api.fakes.unexpected).toEqual([]);
  api.fakes.reset();
});

const requestOf = (method: string) => api.fakes.callsOf(method)[0]?.request;

describe('tools', () => {
  const body = { name: 'slots', description: 'Finds slots.', http: { method: 'GET', url: 'https://x.example/slots' } };

  it('are created, listed, read, replaced and deleted', async () => {
    api.fakes.on('tools', {
      createTool: () => ({ tool }),
      listTools: () => ({ tools: [tool], nextPageToken: 'more' }),
      getTool: () => ({ tool }),
      updateTool: () => ({ tool }),
      deleteTool: () => ({}),
    });
    const created = await api.ask('POST', '/v1/tools', { body });
    expect([created.status, created.headers.get('location')]).toEqual([201, `/v1/tools/${TOOL_ID}`]);
    expect(created.body).toMatchObject({
      parameters: { type: 'object' },
      http: { method: 'GET', headers: { a: 'b' } },
      builtIn: null,
    });
    expect(requestOf('tools.createTool')).toMatchObject({
      definition: { name: 'slots', timeoutMs: 10_000, kind: { $case: 'http' } },
    });
    expect((await api.ask('GET', '/v1/tools')).body).toMatchObject({ items: [{ id: TOOL_ID }], nextCursor: 'more' });
    expect((await api.ask('GET', `/v1/tools/${TOOL_ID}`)).status).toBe(200);
    const builtIn = { name: 'clock', description: 'Tells the time.', builtIn: { function: 'current_time' } };
    expect((await api.ask('PUT', `/v1/tools/${TOOL_ID}`, { body: builtIn })).status).toBe(200);
    expect(requestOf('tools.updateTool')).toMatchObject({
      id: TOOL_ID,
      definition: { kind: { $case: 'builtIn', value: { function: 'current_time' } } },
    });
    expect((await api.ask('DELETE', `/v1/tools/${TOOL_ID}`)).status).toBe(204);
  });

  it('answer what the service refuses under the names of REST', async () => {
    api.fakes.on('tools', {
      createTool: () => {
        throw invalidField('definition.parameters_json_schema', 'must be an object schema');
      },
      updateTool: () => {
        throw new DomainError('conflict', 'There is a tool named "slots" already.', {
          violations: [{ field: 'definition.name', message: 'must be unique' }],
        });
      },
    });
    const created = await api.ask('POST', '/v1/tools', { body });
    expect(created.body).toMatchObject({ status: 400, detail: 'parameters: must be an object schema' });
    const replaced = await api.ask('PUT', `/v1/tools/${TOOL_ID}`, { body });
    expect(replaced.body).toMatchObject({ status: 409, errors: [{ field: 'name', message: 'must be unique' }] });
  });

  it.each([
    [{ ...body, http: undefined }, 'body'],
    [{ ...body, builtIn: { function: 'current_time' } }, 'body'],
    [{ ...body, name: '1st' }, 'name'],
    [{ ...body, timeoutMs: 99 }, 'timeoutMs'],
    [{ ...body, parameters: [] }, 'parameters'],
    [{ ...body, http: { method: 'get', url: 'x' } }, 'http.method'],
    [{ ...body, http: { ...body.http, headers: { a: 1 } } }, 'http.headers.a'],
    [{ ...body, http: { ...body.http, verify: false } }, 'http.verify'],
  ])('are refused as %j, naming %s', async (bad, field) => {
    const { status, body: problem } = await api.ask('POST', '/v1/tools', { body: bad });
    expect([status, problem.errors[0].field]).toEqual([400, field]);
  });
});

describe('conversations', () => {
  it('are listed by agent and read with their turns', async () => {
    api.fakes.on('transcripts', {
      listConversations: () => ({ conversations: [conversation], nextPageToken: '' }),
      getConversation: () => ({ conversation, turns: [turn], nextPageToken: 'next' }),
    });
    const list = await api.ask('GET', `/v1/conversations?agentId=${AGENT_ID}&limit=2&cursor=c`);
    expect(list.body).toMatchObject({ items: [{ id: CONVERSATION_ID, channel: 'voice' }], nextCursor: null });
    expect(requestOf('transcripts.listConversations')).toEqual({ pageSize: 2, pageToken: 'c', agentId: AGENT_ID });
    const one = await api.ask('GET', `/v1/conversations/${CONVERSATION_ID}?limit=7&cursor=before`);
    expect(requestOf('transcripts.getConversation')).toEqual({
      id: CONVERSATION_ID,
      pageSize: 7,
      pageToken: 'before',
    });
    expect(one.body).toMatchObject({
      nextCursor: 'next',
      usage: { totalTokens: 7 },
      turns: [{ sequence: 2, role: 'user', inputKind: 'audio', timings: null }],
    });
  });

  it('of others are not there', async () => {
    api.fakes.on('transcripts', {
      getConversation: ({ id }) => {
        throw notFound('conversation', id);
      },
    });
    expect((await api.ask('GET', `/v1/conversations/${CONVERSATION_ID}`)).status).toBe(404);
  });
});

describe('call tokens', () => {
  const version = {
    agentId: AGENT_ID,
    version: 2,
    config,
    publishedAt: agent.createdAt,
    createdAt: agent.createdAt,
    restoredFromVersion: 0,
  };
  beforeEach(() => {
    api.fakes.on('agents', { resolveAgent: () => ({ name: 'Reception', version, draftRevision: 0 }) });
    api.fakes.on('accounts', { createCallToken: () => ({ token: 'jwt', expiresAt: agent.createdAt, url: '' }) });
  });
  const mint = (body: object, options: object = {}) => api.ask('POST', '/v1/call-tokens', { body, ...options });

  it('are bound to the agent and the origin that a backend names, and say where to call (S0-69)', async () => {
    const minted = await mint({ agentId: AGENT_ID, origin: 'https://shop.example' });
    expect(minted.status).toBe(201);
    expect(minted.headers.get('cache-control')).toBe('no-store');
    expect(minted.body).toEqual({
      token: 'jwt',
      expiresAt: '2026-01-31T12:00:00.250Z',
      url: 'wss://voice.example.com/stream',
    });
    const [call] = api.fakes.callsOf('accounts.createCallToken');
    expect(call).toMatchObject({
      request: { agentId: AGENT_ID, origin: 'https://shop.example' },
      caller: { organizationId: ORGANIZATION_ID, subject: `api-key:${API_KEY_ID}` },
    });
  });

  it("take the console's own origin when made with a session, and none when made with a key", async () => {
    await mint({ agentId: AGENT_ID }, { as: 'session', headers: { origin: CONSOLE_ORIGIN } });
    await mint({ agentId: AGENT_ID }, { headers: { origin: CONSOLE_ORIGIN } });
    const origins = api.fakes.callsOf('accounts.createCallToken').map((call) => call.request['origin']);
    expect(origins).toEqual([CONSOLE_ORIGIN, '']);
  });

  it('are for the draft where that is asked for, and refused by that field when there is none', async () => {
    expect((await mint({ agentId: AGENT_ID, draft: true })).status).toBe(201);
    expect(api.fakes.callsOf('agents.resolveAgent')).toMatchObject([{ request: { agentId: AGENT_ID, draft: true } }]);
    expect(api.fakes.callsOf('accounts.createCallToken')).toMatchObject([{ request: { draft: true } }]);
    api.fakes.on('agents', {
      resolveAgent: () => {
        throw new DomainError('failed_precondition', 'The agent has no draft.');
      },
    });
    const { body } = await mint({ agentId: AGENT_ID, draft: true });
    expect(body).toMatchObject({ status: 412, detail: 'The agent has no draft.', errors: [{ field: 'draft' }] });
    expect((await mint({ agentId: AGENT_ID, draft: 'yes' })).body).toMatchObject({ errors: [{ field: 'draft' }] });
  });

  it('are refused for an agent that was never published, or is not there, naming agentId', async () => {
    for (const [kind, status] of [
      ['failed_precondition', 412],
      ['not_found', 404],
    ] as const) {
      api.fakes.on('agents', {
        resolveAgent: () => {
          throw new DomainError(kind, 'The agent has never been published.');
        },
      });
      const { body } = await mint({ agentId: AGENT_ID });
      expect(body).toMatchObject({ status, errors: [{ field: 'agentId' }] });
    }
    expect(api.fakes.callsOf('accounts.createCallToken')).toEqual([]);
  });

  it.each([
    [{}, 'agentId'],
    [{ agentId: 'x' }, 'agentId'],
    [{ agentId: AGENT_ID, origin: 'https://shop.example/' }, 'origin'],
    [{ agentId: AGENT_ID, origin: 'null' }, 'origin'],
    [{ agentId: AGENT_ID, agent_id: AGENT_ID }, 'agent_id'],
  ])('are refused for %j, naming %s', async (body, field) => {
    const { status, body: problem } = await mint(body);
    expect([status, problem.errors[0].field]).toEqual([400, field]);
  });
});

describe('API keys (S0-23)', () => {
  const apiKey: ApiKey = {
    id: API_KEY_ID,
    name: 'Backend',
    preview: 'ov_live_…x7Qd',
    createdAt: agent.createdAt,
    expiresAt: undefined,
    revokedAt: undefined,
    lastUsedAt: undefined,
  };

  it('are created with the secret shown once, listed without it, and revoked', async () => {
    api.fakes.on('accounts', {
      createApiKey: () => ({ apiKey, secret: 'ov_live_secret' }),
      listApiKeys: () => ({ apiKeys: [{ ...apiKey, revokedAt: agent.createdAt }] }),
      revokeApiKey: () => ({ apiKey }),
    });
    const created = await api.ask('POST', '/v1/api-keys', {
      body: { name: 'Backend', expiresAt: '2027-01-31T13:00:00+01:00' },
    });
    expect(created.body).toMatchObject({ secret: 'ov_live_secret', expiresAt: null, preview: 'ov_live_…x7Qd' });
    expect(requestOf('accounts.createApiKey')).toEqual({
      name: 'Backend',
      expiresAt: { seconds: 1_801_396_800n, nanos: 0 },
    });
    const list = await api.ask('GET', '/v1/api-keys');
    expect(list.body).toMatchObject({
      items: [{ id: API_KEY_ID, revokedAt: '2026-01-31T12:00:00.250Z' }],
      nextCursor: null,
    });
    expect(JSON.stringify(list.body)).not.toContain('secret');
    expect((await api.ask('DELETE', `/v1/api-keys/${API_KEY_ID}`)).status).toBe(204);
  });

  it('are refused with a bad expiry', async () => {
    const { status, body } = await api.ask('POST', '/v1/api-keys', { body: { name: 'x', expiresAt: 'tomorrow' } });
    expect([status, body.errors[0].field]).toEqual([400, 'expiresAt']);
    api.fakes.on('accounts', {
      createApiKey: () => {
        throw invalidField('expires_at', 'must lie in the future');
      },
    });
    const past = await api.ask('POST', '/v1/api-keys', { body: { name: 'x', expiresAt: '2020-01-31T13:00:00Z' } });
    expect(past.body.detail).toBe('expiresAt: must lie in the future');
  });
});

describe('the organization', () => {
  it("is the caller's", async () => {
    api.fakes.on('accounts', {
      getOrganization: (_request, caller) => ({
        organization: { id: caller.organizationId ?? '', name: 'Demo', slug: 'demo', createdAt: inAnHour() },
      }),
    });
    expect((await api.ask('GET', '/v1/organization')).body).toMatchObject({ id: ORGANIZATION_ID, slug: 'demo' });
  });
});
