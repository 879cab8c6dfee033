import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { HttpMethod, ToolOutcome, type ToolDefinition } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { queryRows } from '@orbisvoice/testing/service-database';
import { ExecutionsPurge } from '../src/executions/executions-purge.js';
import { LARGE_TEXT, startEndpoint, until, type Endpoint } from './endpoint.js';
import {
  clientOf,
  definition,
  execution,
  httpTool,
  member,
  metric,
  startTools,
  startToolsOn,
  withSetting,
  type ToolsUnderTest,
} from './tools-under-test.js';

let tools: ToolsUnderTest;
let endpoint: Endpoint;
/** Runs on this machine too, and nobody opened it. */
let internal: Endpoint;
let redirectTo = '/ok';
let me: { caller: Caller };

beforeAll(async () => {
  internal = await startEndpoint();
  endpoint = await startEndpoint(() => redirectTo);
  tools = await startTools({
    TOOLS_OUTBOUND_ALLOW: `127.0.0.1:${endpoint.port}`,
    TOOLS_MAX_CONCURRENT_PER_ORGANIZATION: '5',
  });
}, 60_000);
afterAll(async () => {
  await tools?.stop();
  await endpoint?.stop();
  await internal?.stop();
});
beforeEach(() => {
  me = member();
  endpoint.seen.length = 0;
  endpoint.hungUp.length = 0;
});

async function create(path: string, changes: Partial<ToolDefinition> = {}): Promise<string> {
  const kind = httpTool(path.startsWith('http') ? path : endpoint.url + path);
  return (await tools.client.createTool({ definition: definition({ kind, ...changes }) }, me)).tool!.id;
}

/** A tool from a time in which the operator let it through. */
async function createClosed(url: string): Promise<string> {
  const opened = await startToolsOn(tools.database, {
    TOOLS_OUTBOUND_ALLOW: '127.0.0.1,10.0.0.1,::1,a.example:22',
  });
  const client = clientOf(opened);
  const { tool } = await client.createTool({ definition: definition({ kind: httpTool(url) }) }, me);
  client.close();
  await opened.stop();
  return tool!.id;
}

async function run(path: string, changes: Partial<ToolDefinition> = {}) {
  const response = await tools.client.executeTool(execution(await create(path, changes)), me);
  return { ...response, result: JSON.parse(response.resultJson) as Record<string, unknown> };
}

function rowsOf(organizationId: string) {
  return queryRows<{ state: string; outcome: string | null }>(
    withSetting(tools.database.url, 'organization_id', organizationId),
    'SELECT state, outcome FROM tools.executions',
  );
}

describe('a tool that works', () => {
  it('gets the arguments, the idempotency key, its headers, and its answer is passed on', async () => {
    const schema = {
      type: 'object',
      properties: { id: { type: 'string' }, note: { type: 'string' } },
      required: ['id'],
    };
    const id = await create('', {
      parametersJsonSchema: JSON.stringify(schema),
      kind: httpTool(`${endpoint.url}/orders/{id}`, { headers: { Authorization: 'Bearer secret' } }),
    });
    const request = execution(id, { argumentsJson: '{"id":"A/1","note":"late"}' });
    const response = await tools.client.executeTool(request, me);
    expect(response).toMatchObject({
      outcome: ToolOutcome.TOOL_OUTCOME_OK,
      resultJson: '{"ok":true,"path":"/orders/A%2F1"}',
      repeated: false,
    });
    expect(endpoint.seen).toHaveLength(1);
    expect(endpoint.seen[0]).toMatchObject({
      method: 'POST',
      body: '{"note":"late"}',
      headers: {
        authorization: 'Bearer secret',
        'idempotency-key': `${request.conversationId}:${request.toolCallId}`,
        'user-agent': 'orbisvoice-tools',
        'content-type': 'application/json',
      },
    });
  });

  it('gets its arguments in the query with GET', async () => {
    const kind = httpTool(`${endpoint.url}/find`, { method: HttpMethod.HTTP_METHOD_GET });
    const parametersJsonSchema = '{"type":"object","properties":{"q":{"type":"string"}}}';
    const id = await create('', { kind, parametersJsonSchema });
    await tools.client.executeTool(execution(id, { argumentsJson: '{"q":"a b"}' }), me);
    expect(endpoint.seen[0]).toMatchObject({ method: 'GET', url: '/find?q=a+b', body: '' });
  });

  it.each([
    ['undeclared', '{"type":"object","properties":{"q":{"type":"string"}}}'],
    ['allowed with others', '{"type":"object","additionalProperties":true}'],
  ])("never gets a second value for what its author's URL says, when that is %s", async (_, parametersJsonSchema) => {
    const kind = httpTool(`${endpoint.url}/find?tenant=1`, { method: HttpMethod.HTTP_METHOD_GET });
    const id = await create('', { kind, parametersJsonSchema });
    const argumentsJson = '{"tenant":2,"Tenant":3,"tenant[]":4,"q":"a"}';
    await tools.client.executeTool(execution(id, { argumentsJson }), me);
    expect(endpoint.seen[0]).toMatchObject({ url: '/find?tenant=1&q=a' });
  });

  it('may answer with text or with nothing', async () => {
    expect((await run('/text')).result).toEqual({ text: 'sunny' });
    expect((await run('/empty')).result).toEqual({
      status: 'ok',
      retryable: false,
      message: 'the tool returned nothing',
    });
  });

  it('may be built in', async () => {
    const parametersJsonSchema = '{"type":"object","properties":{"timezone":{"type":"string"}}}';
    const { tool } = await tools.client.createTool({ definition: definition({ parametersJsonSchema }) }, me);
    const ok = await tools.client.executeTool(
      execution(tool!.id, { argumentsJson: '{"timezone":"Europe/Paris"}' }),
      me,
    );
    expect(JSON.parse(ok.resultJson)).toMatchObject({ timezone: 'Europe/Paris', iso: expect.any(String) });
    const bad = await tools.client.executeTool(execution(tool!.id, { argumentsJson: '{"timezone":"Mars"}' }), me);
    expect(bad.outcome).toBe(ToolOutcome.TOOL_OUTCOME_FAILED);
  });
});

describe('a tool that misbehaves', () => {
  it('times out', async () => {
    const response = await run('/hang', { timeoutMs: 200 });
    expect(response.outcome).toBe(ToolOutcome.TOOL_OUTCOME_TIMED_OUT);
    expect(response.result).toMatchObject({
      error: expect.stringContaining('did not answer in time. It may have taken effect'),
      retryable: false,
      detail: 'No complete answer within 200 ms.',
    });
    expect(response.durationMs).toBeGreaterThanOrEqual(190);
    expect(response.durationMs).toBeLessThan(2_000);
    await until(() => endpoint.hungUp.includes('/hang'));
  });

  it.each([500, 503, 404])('answers with status %i', async (status) => {
    const response = await run(`/status/${status}`);
    expect(response.outcome).toBe(ToolOutcome.TOOL_OUTCOME_FAILED);
    expect(response.result).toEqual({
      error: expect.stringMatching(/^The service .* It said why: use what helps the caller\./),
      retryable: status === 503,
      httpStatus: status,
      endpointSaid: { detail: 'private' },
      detail: `HTTP ${status}, application/json, 20 bytes`,
    });
  });

  it('answers with 100 MB', async () => {
    const before = process.memoryUsage().rss;
    const response = await run('/huge');
    expect(response.outcome).toBe(ToolOutcome.TOOL_OUTCOME_TOO_LARGE);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
    await until(() => endpoint.hungUp.includes('/huge'));
  });

  it('answers with as much as MAX_RESPONSE_BYTES says, and the model gets all of it', async () => {
    const response = await run('/large');
    expect(response.outcome).toBe(ToolOutcome.TOOL_OUTCOME_OK);
    expect(response.result).toEqual({ text: LARGE_TEXT });
  });

  it('answers with HTML', async () => {
    const response = await run('/html');
    expect(response.outcome).toBe(ToolOutcome.TOOL_OUTCOME_FAILED);
    expect(response.result).toMatchObject({
      error: expect.stringContaining('a web page'),
      retryable: false,
      endpointSaid: 'Hello',
    });
  });

  it('breaks the connection', async () => {
    expect((await run('/cut')).outcome).toBe(ToolOutcome.TOOL_OUTCOME_FAILED);
  });

  it.each([
    ['another port of this machine', () => internal.url],
    ['a metadata service', () => 'http://169.254.169.254/latest/meta-data/'],
    ['a name of this machine', () => `http://localhost:${endpoint.port}/ok`],
  ])('redirects to a private address: %s', async (_, location) => {
    redirectTo = location();
    const response = await run('/redirect');
    redirectTo = '/ok';
    expect(response.outcome).toBe(ToolOutcome.TOOL_OUTCOME_BLOCKED);
    expect(response.result).toMatchObject({ detail: expect.stringContaining('redirect'), retryable: false });
    expect(response.resultJson).not.toMatch(/127\.0|169\.254/);
    expect(internal.seen).toHaveLength(0);
  });

  it.each([
    'http://127.0.0.1:8080/',
    'http://10.0.0.1/',
    'http://[::1]/',
    'http://2130706433/',
    'http://a.example:22/',
  ])('lies at %s, which the operator has closed since', async (url) => {
    const response = await tools.client.executeTool(execution(await createClosed(url)), me);
    expect(response.outcome).toBe(ToolOutcome.TOOL_OUTCOME_BLOCKED);
    expect(JSON.parse(response.resultJson)).toMatchObject({
      error: 'This tool is not allowed to reach its service. Tell the caller that it does not work.',
      detail: expect.stringContaining('OUTBOUND_ALLOW'),
    });
  });

  it('is left alone after five failures in a row, and other tools are not', async () => {
    const id = await create('/status/500');
    for (let count = 0; count < 5; count++) await tools.client.executeTool(execution(id), me);
    const response = await tools.client.executeTool(execution(id), me);
    expect(response.outcome).toBe(ToolOutcome.TOOL_OUTCOME_FAILED);
    expect(response.resultJson).toContain('left alone');
    expect(endpoint.seen).toHaveLength(5);
    expect((await run('/ok')).outcome).toBe(ToolOutcome.TOOL_OUTCOME_OK);
  });

  it('shows in the metrics', async () => {
    const { service } = tools;
    const labels = { kind: 'http', outcome: 'blocked' };
    const calls = await metric(service, 'orbisvoice_tools_tool_calls_total', labels);
    const blocked = await metric(service, 'orbisvoice_tools_tool_blocked_total', { reason: 'ssrf' });
    await tools.client.executeTool(execution(await createClosed('http://10.0.0.1/')), me);
    expect(await metric(service, 'orbisvoice_tools_tool_calls_total', labels)).toBe(calls + 1);
    expect(await metric(service, 'orbisvoice_tools_tool_blocked_total', { reason: 'ssrf' })).toBe(blocked + 1);
    expect(await service.registry.metrics()).toContain('orbisvoice_tools_tool_call_duration_seconds_bucket');
  });
});

const CITY = '{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}';

describe('a request that is not valid', () => {
  it.each<[string, object]>([
    ['conversation_id', { conversationId: 'x' }],
    ['tool_call_id', { toolCallId: '' }],
    ['tool_call_id', { toolCallId: 'x'.repeat(201) }],
    ['tool_call_id', { toolCallId: 'a b' }],
    ['arguments_json', { argumentsJson: '' }],
    ['arguments_json', { argumentsJson: '[]' }],
    ['arguments_json', { argumentsJson: '{"city":7}' }],
    ['arguments_json', { argumentsJson: JSON.stringify({ city: 'x'.repeat(70_000) }) }],
  ])('is refused for its %s and runs nothing', async (field, changes) => {
    const parametersJsonSchema = '{"type":"object","properties":{"city":{"type":"string"}}}';
    const id = await create('/ok', { parametersJsonSchema });
    await expect(tools.client.executeTool(execution(id, changes), me)).rejects.toMatchObject({
      kind: 'invalid_argument',
      violations: [expect.objectContaining({ field })],
    });
    expect(endpoint.seen).toHaveLength(0);
    expect(await rowsOf(me.caller.organizationId!)).toEqual([]);
  });

  it('may be sent again with arguments that fit', async () => {
    const id = await create('/ok', { parametersJsonSchema: CITY });
    const request = execution(id);
    await expect(tools.client.executeTool(request, me)).rejects.toMatchObject({ kind: 'invalid_argument' });
    const { outcome } = await tools.client.executeTool({ ...request, argumentsJson: '{"city":"Ulm"}' }, me);
    expect(outcome).toBe(ToolOutcome.TOOL_OUTCOME_OK);
  });

  it('names a tool that does not exist', async () => {
    for (const id of [randomUUID(), 'nonsense']) {
      await expect(tools.client.executeTool(execution(id), me)).rejects.toMatchObject({ kind: 'not_found' });
    }
  });

  it('is one too many for its organization; others feel nothing', async () => {
    const id = await create('/held');
    const running = Array.from({ length: 5 }, () => tools.client.executeTool(execution(id), me));
    await until(() => endpoint.seen.length === 5);
    await expect(tools.client.executeTool(execution(id), me)).rejects.toMatchObject({
      kind: 'resource_exhausted',
      message: 'Too much is going on at this moment. Try it again in a few seconds.',
      violations: [{ field: 'organization', message: expect.stringContaining('MAX_CONCURRENT_PER_ORGANIZATION') }],
      retryable: true,
    });
    me = member();
    expect((await run('/ok')).outcome).toBe(ToolOutcome.TOOL_OUTCOME_OK);
    endpoint.release();
    expect(await Promise.all(running)).toHaveLength(5);
  });
});

describe('a tool call', () => {
  it('that is repeated gets the first outcome, even when the tool is gone', async () => {
    const id = await create('/ok');
    const request = execution(id);
    const first = await tools.client.executeTool(request, me);
    await tools.client.deleteTool({ id }, me);
    const second = await tools.client.executeTool({ ...request, argumentsJson: 'not looked at' }, me);
    expect(second).toEqual({ ...first, repeated: true });
    expect(endpoint.seen).toHaveLength(1);
  });

  it('that failed is not tried again', async () => {
    const request = execution(await create('/status/500'));
    await tools.client.executeTool(request, me);
    expect(await tools.client.executeTool(request, me)).toMatchObject({
      outcome: ToolOutcome.TOOL_OUTCOME_FAILED,
      repeated: true,
    });
    expect(endpoint.seen).toHaveLength(1);
  });

  it('runs once when it is sent several times at once', async () => {
    const request = execution(await create('/held'));
    const answers = Promise.all(Array.from({ length: 5 }, () => tools.client.executeTool(request, me)));
    await endpoint.arrived('/held');
    endpoint.release();
    const outcomes = await answers;
    expect(outcomes.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(new Set(outcomes.map(({ resultJson }) => resultJson))).toEqual(new Set(['{"released":true}']));
    expect(endpoint.seen).toHaveLength(1);
  });

  it('runs once when two processes get it', async () => {
    const other = await startToolsOn(tools.database, {
      TOOLS_OUTBOUND_ALLOW: `127.0.0.1:${endpoint.port}`,
      STOP_TIMEOUT_MS: '500', // far less than the tool's time limit, whichever would come first otherwise
    });
    const otherClient = clientOf(other);
    const request = execution(await create('/held'));
    const first = tools.client.executeTool(request, me);
    await endpoint.arrived('/held');
    const second = otherClient.executeTool(request, me);
    await new Promise((resolve) => setTimeout(resolve, 150));
    endpoint.release();
    expect(await first).toMatchObject({ outcome: ToolOutcome.TOOL_OUTCOME_OK, repeated: false });
    expect(await second).toMatchObject({ outcome: ToolOutcome.TOOL_OUTCOME_OK, repeated: true });
    expect(endpoint.seen).toHaveLength(1);
    otherClient.close();
    await other.stop();
  });

  it('that is cancelled aborts the request, and is recorded as cancelled', async () => {
    const request = execution(await create('/hang'));
    const cancel = new AbortController();
    const cancelled = tools.client.executeTool(request, { ...me, signal: cancel.signal });
    await endpoint.arrived('/hang');
    cancel.abort();
    await expect(cancelled).rejects.toMatchObject({ kind: 'cancelled' });
    await until(() => endpoint.hungUp.includes('/hang'));
    expect(await tools.client.executeTool(request, me)).toMatchObject({
      outcome: ToolOutcome.TOOL_OUTCOME_CANCELLED,
      repeated: true,
    });
    expect(endpoint.seen).toHaveLength(1);
  });

  it('that only waits can be cancelled without touching the run', async () => {
    const request = execution(await create('/held'));
    const first = tools.client.executeTool(request, me);
    await endpoint.arrived('/held');
    const cancel = new AbortController();
    const second = tools.client.executeTool(request, { ...me, signal: cancel.signal });
    setTimeout(() => cancel.abort(), 100);
    await expect(second).rejects.toMatchObject({ kind: 'cancelled' });
    endpoint.release();
    expect((await first).outcome).toBe(ToolOutcome.TOOL_OUTCOME_OK);
  });

  it("that outlives the caller's deadline is recorded as timed out", async () => {
    const request = execution(await create('/hang'));
    const late = tools.client.executeTool(request, { ...me, deadlineMs: 300 });
    const outcome = await late.catch((error: { kind: string }) => error);
    expect(JSON.stringify(outcome)).toMatch(/deadline_exceeded|"outcome":3/);
    expect(await tools.client.executeTool(request, me)).toMatchObject({
      outcome: ToolOutcome.TOOL_OUTCOME_TIMED_OUT,
      repeated: true,
    });
  });

  it('whose process died is answered with "unknown" after its deadline, and never run again', async () => {
    const id = await create('/ok');
    const request = execution(id);
    await leaveRunning(request, id, '6 seconds');
    const first = await tools.client.executeTool(request, me);
    expect(first).toMatchObject({ outcome: ToolOutcome.TOOL_OUTCOME_UNKNOWN, repeated: true });
    expect(JSON.parse(first.resultJson)).toMatchObject({ error: expect.stringContaining('its end was lost') });
    expect(await tools.client.executeTool(request, me)).toEqual(first);
    expect(endpoint.seen).toHaveLength(0);
    expect(await rowsOf(me.caller.organizationId!)).toEqual([{ state: 'finished', outcome: 'unknown' }]);
  });

  it('whose process died is waited for until then', async () => {
    const id = await create('/ok');
    const request = execution(id);
    await leaveRunning(request, id, '4 seconds');
    const startedAt = Date.now();
    const answer = await tools.client.executeTool(request, me);
    expect(answer.outcome).toBe(ToolOutcome.TOOL_OUTCOME_UNKNOWN);
    expect(Date.now() - startedAt).toBeGreaterThan(500);
  });

  it('cannot take over the id of another tool', async () => {
    const request = execution(await create('/ok'));
    await tools.client.executeTool(request, me);
    const other = await create('/text');
    await expect(tools.client.executeTool({ ...request, toolId: other }, me)).rejects.toMatchObject({
      kind: 'invalid_argument',
      violations: [expect.objectContaining({ field: 'tool_call_id' })],
    });
  });

  it('that runs while the service stops is recorded as cancelled', async () => {
    const other = await startToolsOn(tools.database, {
      TOOLS_OUTBOUND_ALLOW: `127.0.0.1:${endpoint.port}`,
      STOP_TIMEOUT_MS: '500', // far less than the tool's time limit, whichever would come first otherwise
    });
    const otherClient = clientOf(other);
    const request = execution(await create('/hang'));
    const running = otherClient.executeTool(request, me).catch(() => undefined);
    await endpoint.arrived('/hang');
    await other.stop();
    await running;
    otherClient.close();
    expect(await tools.client.executeTool(request, me)).toMatchObject({
      outcome: ToolOutcome.TOOL_OUTCOME_CANCELLED,
      repeated: true,
    });
  }, 15_000);

  async function leaveRunning(request: { conversationId: string; toolCallId: string }, toolId: string, ago: string) {
    await queryRows(
      withSetting(tools.database.url, 'organization_id', me.caller.organizationId!),
      `INSERT INTO tools.executions
         (organization_id, conversation_id, tool_call_id, tool_id, state, started_at, deadline_at)
       VALUES ($1, $2, $3, $4, 'running', now() - interval '1 minute', now() - $5::interval)`,
      [me.caller.organizationId, request.conversationId, request.toolCallId, toolId, ago],
    );
  }
});

describe('old executions', () => {
  it('are purged after seven days, of all organizations', async () => {
    const id = await create('/ok');
    const requests = [execution(id), execution(id)];
    for (const request of requests) await tools.client.executeTool(request, me);
    await queryRows(
      withSetting(tools.database.url, 'organization_id', me.caller.organizationId!),
      "UPDATE tools.executions SET started_at = now() - interval '8 days' WHERE tool_call_id = $1",
      [requests[0]!.toolCallId],
    );
    await tools.service.app.get(ExecutionsPurge).sweep();
    expect(await rowsOf(me.caller.organizationId!)).toHaveLength(1);
    expect((await tools.client.executeTool(requests[1]!, me)).repeated).toBe(true);
  });
});
