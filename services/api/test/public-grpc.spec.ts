/** The public gRPC door, asked by a plain gRPC client that knows nothing of this project but its .proto files. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, credentials, Metadata, status, type ServiceDefinition, type ServiceError } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import protobuf from 'protobufjs';
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { AgentsServiceService } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { ToolsServiceService } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { TranscriptsServiceService } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { DomainError } from '@orbisvoice/service-kit/errors';
import {
  acceptCredentials,
  API_KEY_ID,
  freshKey,
  ORGANIZATION_ID,
  startApi,
  type ApiUnderTest,
} from './api-under-test.js';
import { agent, AGENT_ID, config, conversation, tool } from './samples.js';

const ALL = {
  ...AccountsServiceService,
  ...AgentsServiceService,
  ...ToolsServiceService,
  ...TranscriptsServiceService,
} as unknown as ServiceDefinition;

/** google/rpc/status.proto and error_details.proto, as far as they are used. */
const { root: details } = protobuf.parse(`
  syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
  message BadRequest {
    message FieldViolation { string field = 1; string description = 2; }
    repeated FieldViolation field_violations = 1;
  }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message RetryInfo { Duration retry_delay = 1; }
`);

interface Answer {
  response?: any;
  error?: ServiceError;
  trailer: Metadata;
}

let api: ApiUnderTest;
let client: Client;
let peers = 0;

async function start(environment: Record<string, string> = {}) {
  api = await startApi({ VOICE_GATEWAY_PUBLIC_URL: 'wss://voice.example.com', ...environment });
  acceptCredentials(api.fakes);
  client = new Client(`127.0.0.1:${api.service.grpcPort}`, credentials.createInsecure(), {
    // A connection of its own: grpc-js shares those to the same address.
    'grpc.primary_user_agent': `test-${(peers += 1)}`,
  });
}
const stop = async () => {
  client.close();
  await api.stop();
};

async function ask(method: string, request: object, metadata: Record<string, string> = { 'x-api-key': freshKey() }) {
  const definition = ALL[method]!;
  const sent = Metadata.fromHttp2Headers(metadata);
  return await new Promise<Answer>((resolve) => {
    const answer: Answer = { trailer: new Metadata() };
    const call = client.makeUnaryRequest(
      definition.path,
      Object.keys(request).length === 0 ? () => Buffer.alloc(0) : (definition.requestSerialize as never),
      definition.responseDeserialize as never,
      request,
      sent,
      { deadline: Date.now() + 10_000 },
      (error, response) => Object.assign(answer, error ? { error } : { response }),
    );
    call.on('status', ({ metadata: trailer }) => resolve({ ...answer, trailer }));
  });
}

/** The details of google.rpc, by name. */
function detailsOf({ error }: Answer): Record<string, any> {
  const bytes = error?.metadata.get('grpc-status-details-bin')[0] as Buffer;
  const found = details.lookupType('Status').decode(bytes) as unknown as {
    code: number;
    message: string;
    details: any[];
  };
  expect([found.code, found.message]).toEqual([error?.code, error?.details]);
  return Object.fromEntries(
    found.details.map(({ typeUrl, value }) => {
      const name = /^type\.googleapis\.com\/google\.rpc\.(\w+)$/.exec(typeUrl)![1]!;
      return [name, details.lookupType(name).toObject(details.lookupType(name).decode(value), { longs: Number })];
    }),
  );
}

describe('public gRPC', () => {
  beforeEach(() => start());
  afterEach(stop);

  it('asks the service that owns it, as the organization of the key', async () => {
    api.fakes.on('agents', { getAgent: () => ({ agent }) });
    const { response, trailer } = await ask('getAgent', { id: AGENT_ID });
    expect(response).toEqual({ agent });
    expect(trailer.get('x-request-id')[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(api.fakes.callsOf('agents.getAgent')).toEqual([
      {
        method: 'agents.getAgent',
        request: { id: AGENT_ID },
        caller: { organizationId: ORGANIZATION_ID, subject: `api-key:${API_KEY_ID}`, roles: ['member'] },
      },
    ]);
  });

  it.each([
    'createAgent',
    'getAgent',
    'listAgents',
    'updateAgent',
    'deleteAgent',
    'listAgentVersions',
    'publishAgent',
    'restoreAgentVersion',
  ] as const)('has agents: %s', async (method) => {
    api.fakes.on('agents', { [method]: () => ({ agent, agents: [agent], versions: [], nextPageToken: '' }) });
    const { error } = await ask(method, {
      id: AGENT_ID,
      agentId: AGENT_ID,
      name: 'Reception',
      config,
      version: 1,
      pageSize: 0,
      pageToken: '',
    });
    expect(error).toBeUndefined();
  });

  it('has tools and conversations', async () => {
    api.fakes.on('tools', { listTools: () => ({ tools: [tool], nextPageToken: '' }) });
    api.fakes.on('transcripts', { getConversation: () => ({ conversation, turns: [], nextPageToken: '' }) });
    expect((await ask('listTools', { pageSize: 0, pageToken: '' })).response).toEqual({
      tools: [tool],
      nextPageToken: '',
    });
    expect((await ask('getConversation', { id: conversation.id })).response.conversation).toEqual(conversation);
  });

  it('takes the key as a bearer token, too', async () => {
    api.fakes.on('agents', { getAgent: () => ({ agent }) });
    const { response } = await ask('getAgent', { id: AGENT_ID }, { authorization: `Bearer ${freshKey()}` });
    expect(response.agent.id).toBe(AGENT_ID);
  });

  it('mints call tokens for published agents, and says where to call (S0-69)', async () => {
    const refusal = new DomainError('failed_precondition', 'The agent has never been published.');
    api.fakes.on('agents', { resolveAgent: () => Promise.reject(refusal) });
    const refused = await ask('createCallToken', { agentId: AGENT_ID, origin: '', draft: false });
    expect(refused.error?.code).toBe(status.FAILED_PRECONDITION);
    expect(detailsOf(refused)['BadRequest'].fieldViolations).toEqual([
      { field: 'agent_id', description: 'must be a published agent' },
    ]);
    expect(api.fakes.callsOf('accounts.createCallToken')).toEqual([]);

    api.fakes.on('agents', { resolveAgent: () => ({ name: 'Reception', version: undefined, draftRevision: 0 }) });
    api.fakes.on('accounts', { createCallToken: () => ({ token: 'jwt', expiresAt: agent.createdAt, url: '' }) });
    const { response } = await ask('createCallToken', { agentId: AGENT_ID, origin: '', draft: false });
    expect(response).toMatchObject({ token: 'jwt', url: 'wss://voice.example.com/stream' });
  });

  it('refuses a key from the moment it is revoked here', async () => {
    api.fakes.on('agents', { getAgent: () => ({ agent }) });
    api.fakes.on('accounts', { revokeApiKey: () => ({ apiKey: undefined }) });
    const key = { 'x-api-key': freshKey() };
    expect((await ask('getAgent', { id: AGENT_ID }, key)).error).toBeUndefined();
    await ask('revokeApiKey', { id: API_KEY_ID }, key);
    api.fakes.on('accounts', {
      authenticateApiKey: () => Promise.reject(new DomainError('unauthenticated', 'The API key has been revoked.')),
    });
    const { error } = await ask('getAgent', { id: AGENT_ID }, key);
    expect([error?.code, error?.details]).toEqual([status.UNAUTHENTICATED, 'The API key has been revoked.']);
  });

  it.each([
    ['no key', {}, 'This needs an API key, as metadata "x-api-key".'],
    [
      'a scheme that is none of ours',
      { authorization: 'Basic eDp5' },
      'The Authorization header must be "Bearer" and an API key.',
    ],
    ['a session cookie', { cookie: 'ov_session=good' }, 'This needs an API key, as metadata "x-api-key".'],
    ['a forged caller context', { 'orbisvoice-caller': 'x.y.z' }, 'This needs an API key, as metadata "x-api-key".'],
  ])('refuses a caller with %s', async (_, metadata: Record<string, string>, sentence) => {
    const refused = await ask('getAgent', { id: AGENT_ID }, metadata);
    expect([refused.error?.code, refused.error?.details]).toEqual([status.UNAUTHENTICATED, sentence]);
    expect(detailsOf(refused)).toEqual({
      ErrorInfo: { reason: 'UNAUTHENTICATED', domain: 'orbisvoice.dev', metadata: { retryable: 'false' } },
    });
    expect(api.fakes.calls).toEqual([]);
  });

  it('names fields as the .proto files do', async () => {
    api.fakes.on('agents', {
      updateAgent: () => {
        const violations = [{ field: 'config.tool_ids.0', message: 'must be a UUID' }];
        throw new DomainError('invalid_argument', 'config.tool_ids.0: must be a UUID', { violations });
      },
    });
    const refused = await ask('updateAgent', { id: AGENT_ID });
    expect([refused.error?.code, refused.error?.details]).toEqual([
      status.INVALID_ARGUMENT,
      'config.tool_ids.0: must be a UUID',
    ]);
    expect(detailsOf(refused)).toMatchObject({
      ErrorInfo: { reason: 'INVALID_ARGUMENT' },
      BadRequest: { fieldViolations: [{ field: 'config.tool_ids.0', description: 'must be a UUID' }] },
    });
  });

  it.each([
    'resolveAgent',
    'appendEvents',
    'claimConversation',
    'resolveTools',
    'executeTool',
    'ensureOrganization',
    'authenticateApiKey',
    'redeemCallToken',
    'createSignInLink',
    'authenticateSession',
  ])('has nothing that only the platform may ask: %s', async (method) => {
    const { error } = await ask(method, {});
    expect(error?.code).toBe(status.UNIMPLEMENTED);
    expect(api.fakes.calls).toEqual([]);
  });

  it('gives nobody a series of a name of theirs', async () => {
    const definition = { ...ALL['getAgent']!, path: '/made.up.Service/Guess4711' };
    await new Promise<void>((resolve) => {
      client.makeUnaryRequest(
        definition.path,
        definition.requestSerialize as never,
        definition.responseDeserialize as never,
        {},
        () => resolve(),
      );
    });
    const metrics = await api.service.registry.metrics();
    expect(metrics).not.toContain('Guess4711');
  });

  it('answers health checks of whoever balances the load', async () => {
    const { Check } = healthService as unknown as ServiceDefinition;
    const answer = await new Promise<any>((resolve, reject) => {
      client.makeUnaryRequest(
        Check!.path,
        Check!.requestSerialize as never,
        Check!.responseDeserialize as never,
        { service: '' },
        (error, response) => (error ? reject(error) : resolve(response)),
      );
    });
    expect(answer.status).toBe('SERVING');
  });

  it('refuses a request of more than 1 MiB', async () => {
    const { error } = await ask('createAgent', { name: 'x'.repeat(1024 * 1024) });
    expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(api.fakes.callsOf('agents.createAgent')).toEqual([]);
  });
});

describe('limits of public gRPC (S0-27)', () => {
  afterEach(stop);

  it('are those of REST: requests of a key count together, and it is told when to come back', async () => {
    await start({ RATE_LIMIT_REQUESTS: '3', RATE_LIMIT_WINDOW: '30s' });
    api.fakes.on('agents', { listAgents: () => ({ agents: [], nextPageToken: '' }) });
    const key = { 'x-api-key': freshKey() };
    expect((await api.ask('GET', '/v1/agents', { headers: key })).status).toBe(200);
    const second = await ask('listAgents', { pageSize: 0, pageToken: '' }, key);
    expect(second.trailer.get('ratelimit')).toEqual(['"credential";r=1;t=30']);
    await ask('listAgents', { pageSize: 0, pageToken: '' }, key);
    const refused = await ask('listAgents', { pageSize: 0, pageToken: '' }, key);
    expect(refused.error?.code).toBe(status.RESOURCE_EXHAUSTED);
    const { ErrorInfo, RetryInfo } = detailsOf(refused);
    expect(ErrorInfo).toMatchObject({ reason: 'RESOURCE_EXHAUSTED', metadata: { retryable: 'true' } });
    expect(RetryInfo.retryDelay.seconds).toBeGreaterThan(27);
    expect((await api.ask('GET', '/v1/agents', { headers: key })).status).toBe(429);
  });

  it('count guesses of keys by address', async () => {
    await start({ RATE_LIMIT_REQUESTS: '4' });
    api.fakes.on('accounts', {
      authenticateApiKey: () => Promise.reject(new DomainError('unauthenticated', 'There is no such API key.')),
    });
    const codes = [];
    for (let index = 0; index < 6; index += 1) codes.push((await ask('listAgents', {})).error?.code);
    // One request of the four was the OpenAPI document, read at the start.
    const { UNAUTHENTICATED, RESOURCE_EXHAUSTED } = status;
    expect(codes).toEqual([
      UNAUTHENTICATED,
      UNAUTHENTICATED,
      UNAUTHENTICATED,
      RESOURCE_EXHAUSTED,
      RESOURCE_EXHAUSTED,
      RESOURCE_EXHAUSTED,
    ]);
  });
});
