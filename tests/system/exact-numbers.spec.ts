import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import { defaultScript } from '@orbisvoice/simulator/mind/default-script';
import { extendScript, type ToolDeclaration, type ToolOutcome } from '@orbisvoice/simulator/mind/mind-script';
import { createSimulator } from '@orbisvoice/simulator/create-simulator';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RawCaller } from '../support/raw-caller.js';
import { startTestPlatform, type TestPlatform } from '../support/test-platform.js';

const NUMBER = '2512292042121000001';
const EXACT = `{"order":${NUMBER},"amounts":[0.30000000000000004441,1e400,-0]}`;
const SCHEMA =
  `{"type":"object","properties":{"order":{"type":"integer","enum":[${NUMBER}]},` +
  '"amounts":{"type":"array","items":{"type":"number"}}},"required":["order"]}';

describe('a number that JavaScript can not hold', () => {
  const told: { tools: readonly ToolDeclaration[]; outcomes: ToolOutcome[] } = { tools: [], outcomes: [] };
  const requests: { url: string; body: string }[] = [];
  const simulator = createSimulator({
    script: {
      ...extendScript(defaultScript, [
        {
          name: 'book',
          match: /^book it$/i,
          answer: (_input, { tools }) => {
            told.tools = tools;
            return [{ call: [{ name: 'book', args: parseExactJson(EXACT) as Record<string, unknown> }] }];
          },
        },
      ]),
      toolAnswer: (outcome) => {
        told.outcomes.push(outcome);
        return 'Booked.';
      },
    },
  });
  let test: TestPlatform;
  let endpoint: Server;

  beforeAll(async () => {
    endpoint = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        requests.push({ url: request.url!, body });
        response.end(EXACT);
      });
    });
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    const { url } = await simulator.listen({ port: 0, host: '127.0.0.1' });
    test = await startTestPlatform({
      gemini: { apiKey: 'any', baseUrl: url },
      environment: { TOOLS_OUTBOUND_ALLOW: `127.0.0.1:${(endpoint.address() as AddressInfo).port}` },
    });
  }, 60_000);
  afterAll(async () => {
    await test?.stop();
    await simulator.close();
    endpoint.close();
    endpoint.closeAllConnections();
  });

  async function rest(path: string, body?: string): Promise<string> {
    const headers = { 'x-api-key': test.api.apiKey, 'content-type': 'application/json' };
    const response = await fetch(
      test.api.url + path,
      body === undefined ? { headers } : { method: 'POST', headers, body },
    );
    return await response.text();
  }

  it('is the same on every way: schema, model, arguments, endpoint, result, client, record', async () => {
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/orders/{order}`;
    const created = await rest(
      '/v1/tools',
      `{"name":"book","description":"Books.","parameters":${SCHEMA},"http":{"method":"POST","url":"${url}"}}`,
    );
    expect(created).toContain(`"parameters":${SCHEMA}`);
    const { id: toolId } = JSON.parse(created) as { id: string };
    const token = await test.api.callToken(await test.api.createAgent({ toolIds: [toolId] }));
    const caller = await RawCaller.call(test.platform.streamUrl, token);
    let received = '';
    caller.socket.on('message', (data, isBinary) => (received += isBinary ? '' : `${String(data)}\n`));
    const answer = caller.answer(/Booked/);
    caller.say('Book it');
    await answer;
    await caller.end();

    expect(JSON.stringify(told.tools[0]!.parameters)).toBe(SCHEMA);
    expect(requests).toEqual([{ url: `/orders/${NUMBER}`, body: '{"amounts":[0.30000000000000004441,1e400,-0]}' }]);
    expect(JSON.stringify(told.outcomes[0]!.response)).toBe(`{"output":${EXACT}}`);
    expect(received).toContain(`"arguments":${EXACT}`);
    expect(received).toContain(`"result":${EXACT}`);
    await test.api.endedConversation(caller.conversationId);
    const record = await rest(`/v1/conversations/${caller.conversationId}`);
    expect(record).toContain(`"arguments":${EXACT}`);
    expect(record).toContain(`"result":${EXACT}`);
  });
});
