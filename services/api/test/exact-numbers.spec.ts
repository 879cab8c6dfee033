import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { acceptCredentials, startApi, type ApiUnderTest } from './api-under-test.js';
import { conversation, tool, turn } from './samples.js';

const EXACT = '{"id":2512292042121000001,"list":[1e400,-0,0.30000000000000004441]}';

describe('numbers that JavaScript can not hold', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
    acceptCredentials(api.fakes);
  }, 60_000);
  afterAll(async () => await api?.stop());

  /** The answer as it is on the wire. */
  async function ask(path: string, body?: string): Promise<string> {
    const headers = { 'x-api-key': 'a-key', 'content-type': 'application/json' };
    const response = await fetch(
      `${api.url}${path}`,
      body === undefined ? { headers } : { method: 'POST', headers, body },
    );
    return await response.text();
  }

  it("go into a tool's schema and come out of it as they were", async () => {
    const parameters = `{"type":"object","properties":{"id":{"enum":[2512292042121000001],"maximum":1e400,"default":-0}}}`;
    const stored = { ...tool, definition: { ...tool.definition!, parametersJsonSchema: parameters } };
    api.fakes.on('tools', { createTool: () => ({ tool: stored }) });
    const answer = await ask(
      '/v1/tools',
      `\ufeff{"name":"a","description":"b","builtIn":{"function":"c"},"parameters":${parameters}}`,
    );
    const { request } = api.fakes.callsOf('tools.createTool')[0]!;
    expect(request).toMatchObject({ definition: { parametersJsonSchema: parameters } });
    expect(answer).toContain(`"parameters":${parameters}`);
  });

  it('come out of a record as they were', async () => {
    const toolCall = {
      id: 'call-1',
      name: 'book',
      argumentsJson: EXACT,
      resultJson: EXACT,
      outcome: 'ok',
      startedAt: conversation.startedAt,
      durationMs: 12,
    };
    const exact = { ...turn, turn: { ...turn.turn!, toolCalls: [toolCall] } };
    api.fakes.on('transcripts', { getConversation: () => ({ conversation, turns: [exact], nextPageToken: '' }) });
    const answer = await ask(`/v1/conversations/${conversation.id}`);
    expect(answer).toContain(`"arguments":${EXACT}`);
    expect(answer).toContain(`"result":${EXACT}`);
  });

  it('are refused where a field takes a plain number', async () => {
    const body = '{"name":"a","description":"b","builtIn":{"function":"c"},"timeoutMs":1000.00000000000000000001}';
    expect(JSON.parse(await ask('/v1/tools', body))).toMatchObject({ status: 400, errors: [{ field: 'timeoutMs' }] });
  });

  it.each(['{"a":1', '{"__proto__":{"a":1}}', '{"constructor":{"prototype":{}}}', ''])(
    '%j is no body',
    async (body) => {
      expect(JSON.parse(await ask('/v1/tools', body))).toMatchObject({ status: 400 });
    },
  );
});
