import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { HttpMethod, type ToolDefinition } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { queryRows, tablesWithoutForcedRowSecurity } from '@orbisvoice/testing/service-database';
import {
  clientOf,
  definition,
  execution,
  httpTool,
  member,
  startTools,
  withSetting,
  type ToolsUnderTest,
} from './tools-under-test.js';

let tools: ToolsUnderTest;
beforeAll(async () => {
  tools = await startTools();
}, 60_000);
afterAll(async () => await tools?.stop());

const notFound = { kind: 'not_found' };

function invalid(field: string) {
  return { kind: 'invalid_argument', violations: expect.arrayContaining([expect.objectContaining({ field })]) };
}

describe('tools', () => {
  it('take no caller context that was made for another service', async () => {
    const other = clientOf(tools.service, { madeFor: 'agents' });
    await expect(other.listTools({ pageSize: 0, pageToken: '' }, member())).rejects.toMatchObject({
      kind: 'unauthenticated',
    });
    other.close();
  });

  it('are created, read, replaced, listed and deleted', async () => {
    const { client } = tools;
    const me = member();
    const wanted = definition({
      name: 'find_order',
      parametersJsonSchema: '{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]}',
      kind: httpTool('https://a.example/orders/{id}', { headers: { 'X-Shop': 'Ulm' } }),
    });
    const { tool } = await client.createTool({ definition: wanted }, me);
    expect(tool!.definition).toEqual({ ...wanted, timeoutMs: 10_000 });
    expect((await client.getTool({ id: tool!.id }, me)).tool).toEqual(tool);
    const replacement = definition({ name: 'clock', timeoutMs: 100 });
    const updated = (await client.updateTool({ id: tool!.id, definition: replacement }, me)).tool!;
    expect(updated.definition).toEqual(replacement);
    expect(updated.createdAt).toEqual(tool!.createdAt);
    expect((await client.listTools({ pageSize: 0, pageToken: '' }, me)).tools).toEqual([updated]);
    await client.deleteTool({ id: tool!.id }, me);
    await expect(client.getTool({ id: tool!.id }, me)).rejects.toMatchObject(notFound);
    await expect(client.deleteTool({ id: tool!.id }, me)).rejects.toMatchObject(notFound);
  });

  it.each([
    ['http://127.0.0.1:8080/', 'OUTBOUND_ALLOW'],
    ['http://10.0.0.1/{x}', 'OUTBOUND_ALLOW'],
    ['http://2130706433/', 'OUTBOUND_ALLOW'],
    ['http://localhost/', 'OUTBOUND_ALLOW'],
    ['https://a.example:22/', 'OUTBOUND_PORTS'],
    ['http://169.254.169.254/', 'OUTBOUND_ALLOW'],
  ])('at %s are refused when they are saved, with the way out', async (url, way) => {
    const { client } = tools;
    const me = member();
    const x = '{"type":"object","properties":{"x":{"type":"string"}},"required":["x"]}';
    const refused = definition({ kind: httpTool(url), parametersJsonSchema: x });
    const error = {
      ...invalid('definition.http.url'),
      message: expect.stringMatching(new RegExp(`definition.http.url: can not be called: .*${way}`)),
    };
    await expect(client.createTool({ definition: refused }, me)).rejects.toMatchObject(error);
    const { tool } = await client.createTool({ definition: definition() }, me);
    await expect(client.updateTool({ id: tool!.id, definition: refused }, me)).rejects.toMatchObject(error);
    expect((await client.listTools({ pageSize: 0, pageToken: '' }, me)).tools).toEqual([tool]);
  });

  it('may not have an argument that their URL gives a value itself', async () => {
    const parametersJsonSchema = '{"type":"object","properties":{"tenant":{"type":"string"}}}';
    for (const query of ['tenant=1', 'a=1&Tenant=', 'tenant%5B%5D=1']) {
      const doubled = definition({ parametersJsonSchema, kind: httpTool(`https://a.example/?${query}`) });
      await expect(tools.client.createTool({ definition: doubled }, member())).rejects.toMatchObject({
        message: expect.stringContaining('tenant in its query'),
        ...invalid('definition.http.url'),
      });
    }
  });

  it('have names that are unique within their organization', async () => {
    const { client } = tools;
    const me = member();
    await client.createTool({ definition: definition({ name: 'same' }) }, me);
    const { tool } = await client.createTool({ definition: definition({ name: 'other' }) }, me);
    const conflict = { kind: 'conflict', violations: [expect.objectContaining({ field: 'definition.name' })] };
    await expect(client.createTool({ definition: definition({ name: 'same' }) }, me)).rejects.toMatchObject(conflict);
    await expect(
      client.updateTool({ id: tool!.id, definition: definition({ name: 'same' }) }, me),
    ).rejects.toMatchObject(conflict);
    await client.createTool({ definition: definition({ name: 'same' }) }, member());
  });

  it('are listed newest first, page by page', async () => {
    const { client } = tools;
    const me = member();
    const names = ['t1', 't2', 't3', 't4', 't5'];
    for (const name of names) await client.createTool({ definition: definition({ name }) }, me);
    const listed: string[] = [];
    let pageToken = '';
    do {
      const page = await client.listTools({ pageSize: 2, pageToken }, me);
      listed.push(...page.tools.map((tool) => tool.definition!.name));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(listed).toEqual(names.toReversed());
    await expect(client.listTools({ pageSize: 101, pageToken: '' }, me)).rejects.toMatchObject(invalid('page_size'));
    await expect(client.listTools({ pageSize: 0, pageToken: 'x' }, me)).rejects.toMatchObject(invalid('page_token'));
  });

  it('are resolved in the order asked for, without headers; unknown ids are left out', async () => {
    const { client } = tools;
    const me = member();
    const kind = httpTool('https://a.example/', { headers: { authorization: 'Bearer 0123456789abcdef' } });
    const first = (await client.createTool({ definition: definition({ kind }) }, me)).tool!;
    const second = (await client.createTool({ definition: definition() }, me)).tool!;
    const call = { caller: { ...me.caller, subject: 'call:1', roles: [] } };
    const ids = [second.id, randomUUID(), 'nonsense', first.id, second.id];
    const resolved = (await client.resolveTools({ ids }, call)).tools;
    expect(resolved.map((tool) => tool.id)).toEqual([second.id, first.id]);
    expect(resolved[1]!.definition!.kind).toEqual(httpTool('https://a.example/'));
    const many = Array.from({ length: 129 }, () => randomUUID());
    await expect(client.resolveTools({ ids: many }, me)).rejects.toMatchObject(invalid('ids'));
  });

  const http = (changes: object) => ({ kind: httpTool('https://a.example/', changes) });
  it.each<[string, Partial<ToolDefinition>]>([
    ['definition.name', { name: '' }],
    ['definition.name', { name: '1st' }],
    ['definition.name', { name: 'with-dash' }],
    ['definition.name', { name: 'x'.repeat(65) }],
    ['definition.description', { description: ' ' }],
    ['definition.description', { description: 'x'.repeat(2_001) }],
    ['definition.description', { description: 'a\0b' }],
    ['definition.parameters_json_schema', { parametersJsonSchema: '' }],
    ['definition.parameters_json_schema', { parametersJsonSchema: '{"type":"array"}' }],
    ['definition.timeout_ms', { timeoutMs: 99 }],
    ['definition.timeout_ms', { timeoutMs: 60_001 }],
    ['definition', { kind: undefined }],
    ['definition.built_in.function', { kind: { $case: 'builtIn', value: { function: 'rm' } } }],
    ['definition.http.method', http({ method: HttpMethod.HTTP_METHOD_UNSPECIFIED })],
    ['definition.http.method', http({ method: 77 })],
    ['definition.http.url', { kind: httpTool('ftp://a.example/') }],
    ['definition.http.url', { kind: httpTool('https://u:p@a.example/') }],
    ['definition.http.url', { kind: httpTool('https://a.example/{id}') }],
    ['definition.http.headers', http({ headers: { Host: 'b.example' } })],
    ['definition.http.headers', http({ headers: { a: 'b\r\nc: d' } })],
  ])('are refused with a broken %s', async (field, changes) => {
    const me = member();
    const request = { definition: definition(changes) };
    await expect(tools.client.createTool(request, me)).rejects.toMatchObject(invalid(field));
    await expect(tools.client.updateTool({ id: randomUUID(), ...request }, me)).rejects.toMatchObject(invalid(field));
  });

  it('are refused without a definition', async () => {
    await expect(tools.client.createTool({ definition: undefined }, member())).rejects.toMatchObject(
      invalid('definition'),
    );
  });
});

describe('credentials in headers', () => {
  const headers = { Authorization: 'Bearer 0123456789abcdef', 'x-api-key': 'short', 'X-Shop': 'Ulm' };
  const masked = { Authorization: '••••cdef', 'x-api-key': '••••', 'X-Shop': 'Ulm' };

  async function create(url = 'https://a.example/v1') {
    const me = member();
    const { tool } = await tools.client.createTool(
      { definition: definition({ kind: httpTool(url, { headers }) }) },
      me,
    );
    return { me, tool: tool! };
  }

  it('leave masked, and lie encrypted', async () => {
    const { me, tool } = await create();
    const shown = [
      tool,
      (await tools.client.getTool({ id: tool.id }, me)).tool!,
      (await tools.client.listTools({ pageSize: 0, pageToken: '' }, me)).tools[0]!,
    ];
    for (const { definition: seen } of shown) {
      expect(seen!.kind).toEqual(httpTool('https://a.example/v1', { headers: masked }));
    }
    const [row] = await queryRows<{ text: string }>(
      withSetting(tools.database.url, 'organization_id', me.caller.organizationId!),
      `SELECT to_jsonb(t)::text || encode(sealed_headers, 'escape') AS text FROM tools.tools t`,
    );
    expect(row!.text).toContain('https://a.example/v1');
    expect(row!.text).not.toContain('0123456789abcdef');
    expect(row!.text).not.toContain('Authorization');
  });

  it('survive an update that sends the masked values back', async () => {
    const { me, tool } = await create();
    const kind = httpTool('https://a.example/v2', { headers: { ...masked, 'X-Shop': 'Bonn' } });
    const updated = await tools.client.updateTool({ id: tool.id, definition: definition({ kind }) }, me);
    expect(updated.tool!.definition!.kind).toEqual(kind);
  });

  it('are not sent to another host by somebody who only saw them masked', async () => {
    const { me, tool } = await create();
    for (const url of ['https://evil.example/v1', 'http://a.example/v1', 'https://a.example:8443/v1']) {
      const request = { id: tool.id, definition: definition({ kind: httpTool(url, { headers: masked }) }) };
      await expect(tools.client.updateTool(request, me)).rejects.toMatchObject(invalid('definition.http.headers'));
    }
  });

  it('are refused masked when nothing is stored', async () => {
    const kind = httpTool('https://a.example/', { headers: masked });
    await expect(tools.client.createTool({ definition: definition({ kind }) }, member())).rejects.toMatchObject(
      invalid('definition.http.headers'),
    );
  });
});

describe('organizations', () => {
  it("cannot see, change, resolve, run, delete or list each other's tools", async () => {
    const { client } = tools;
    const owner = member();
    const stranger = member();
    const id = (await client.createTool({ definition: definition({ name: 'mine' }) }, owner)).tool!.id;
    await expect(client.getTool({ id }, stranger)).rejects.toMatchObject(notFound);
    await expect(client.updateTool({ id, definition: definition() }, stranger)).rejects.toMatchObject(notFound);
    await expect(client.deleteTool({ id }, stranger)).rejects.toMatchObject(notFound);
    await expect(client.executeTool(execution(id), stranger)).rejects.toMatchObject(notFound);
    expect((await client.resolveTools({ ids: [id] }, stranger)).tools).toEqual([]);
    expect((await client.listTools({ pageSize: 0, pageToken: '' }, stranger)).tools).toEqual([]);
    expect((await client.getTool({ id }, owner)).tool!.definition!.name).toBe('mine');
  });

  it("cannot read each other's outcomes by guessing ids", async () => {
    const owner = member();
    const stranger = member();
    const id = (await tools.client.createTool({ definition: definition() }, owner)).tool!.id;
    const theirs = (await tools.client.createTool({ definition: definition() }, stranger)).tool!.id;
    const request = execution(id);
    await tools.client.executeTool(request, owner);
    const { repeated } = await tools.client.executeTool({ ...request, toolId: theirs }, stranger);
    expect(repeated).toBe(false);
  });

  it('are kept apart by the database when a query forgets to', async () => {
    const owner = member();
    const id = (await tools.client.createTool({ definition: definition() }, owner)).tool!.id;
    await tools.client.executeTool(execution(id), owner);
    for (const [table, column] of [
      ['tools.tools', 'created_at'],
      ['tools.executions', 'started_at'],
    ]) {
      expect(await queryRows(tools.database.url, `SELECT 1 FROM ${table}`)).toEqual([]);
      expect(await queryRows(tools.database.ownerUrl, `SELECT 1 FROM ${table}`)).toEqual([]);
      expect(await queryRows(tools.database.url, `UPDATE ${table} SET ${column} = now() RETURNING 1`)).toEqual([]);
    }
    expect(await tablesWithoutForcedRowSecurity(tools.database.url, 'tools')).toEqual([]);
  });
});

describe('callers', () => {
  it('without a valid context are refused', async () => {
    const forger = clientOf(tools.service, { secret: 'another-secret-of-thirty-two-chars' });
    const unauthenticated = { kind: 'unauthenticated' };
    await expect(forger.listTools({ pageSize: 0, pageToken: '' }, member())).rejects.toMatchObject(unauthenticated);
    await expect(forger.executeTool(execution(randomUUID()), member())).rejects.toMatchObject(unauthenticated);
    forger.close();
  });

  it('without the role member may run tools but not manage them', async () => {
    const owner = member();
    const id = (await tools.client.createTool({ definition: definition() }, owner)).tool!.id;
    const call = { caller: { ...owner.caller, subject: 'call:1', roles: [] } };
    await expect(tools.client.deleteTool({ id }, call)).rejects.toMatchObject({ kind: 'permission_denied' });
    await expect(tools.client.getTool({ id }, call)).rejects.toMatchObject({ kind: 'permission_denied' });
    await tools.client.executeTool(execution(id), call);
  });

  it('that act for no organization are refused', async () => {
    const operator = { caller: { subject: 'service:standalone', roles: ['operator' as const, 'member' as const] } };
    const denied = { kind: 'permission_denied' };
    await expect(tools.client.createTool({ definition: definition() }, operator)).rejects.toMatchObject(denied);
    await expect(tools.client.executeTool(execution(randomUUID()), operator)).rejects.toMatchObject(denied);
  });
});
