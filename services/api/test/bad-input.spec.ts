import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { acceptCredentials, startApi, type ApiUnderTest, type AskOptions } from './api-under-test.js';
import { AGENT_ID } from './samples.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
}, 60_000);
afterAll(async () => await api?.stop());
beforeEach(() => acceptCredentials(api.fakes));
afterEach(() => {
  expect(api.fakes.unexpected).toEqual([]);
  expect(api.fakes.calls.filter((call) => call.method !== 'accounts.authenticateApiKey')).toEqual([]);
  api.fakes.reset();
});

const problem = async (method: string, path: string, options: AskOptions = {}) => {
  const { status, headers, body } = await api.ask(method, path, options);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(body).toMatchObject({ status, instance: `urn:request:${headers.get('x-request-id')}` });
  return body;
};

const agentWith = (config: object) => ({ name: 'x', config: { prompt: 'x', ...config } });

describe('a body', () => {
  it('of 10 MB is refused', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(10_000_000) });
    expect(await problem('POST', '/v1/agents', { body })).toMatchObject({
      status: 413,
      detail: 'Request body is too large',
    });
  });

  it.each([
    ['/v1/agents', '/v1/agents', 600_000, 413],
    ['/v1/tools', '/v1/tools', 600_000, 413],
    ['what needs a few fields only', '/v1/api-keys', 20_000, 413],
    ['what needs no key', '/auth/sign-in-links/redeem', 20_000, 413],
  ])('of more than %s can need is refused', async (_, path, size, status) => {
    const body = JSON.stringify({ name: 'x'.repeat(size) });
    expect(await problem('POST', path, { body })).toMatchObject({ status });
  });

  it.each([41, 200_000])('of %i levels is refused before it is parsed', async (levels) => {
    const body = `{"name":${'['.repeat(levels)}`;
    expect(await problem('POST', '/v1/agents', { body })).toMatchObject({
      status: 400,
      errors: [{ field: 'body', message: 'must be nested at most 40 levels deep' }],
    });
  });

  it('for an address that does not exist is not read as JSON', async () => {
    expect(await problem('POST', '/v1/nothing', { body: '['.repeat(10_000) })).toMatchObject({ status: 404 });
  });

  it('of 10 MB without a length is refused as soon as it is too long', async () => {
    const headers = { 'transfer-encoding': 'chunked' };
    const body = JSON.stringify({ name: 'x'.repeat(10_000_000) });
    expect(await problem('POST', '/v1/agents', { headers, body })).toMatchObject({ status: 413 });
  });

  it.each(['{"name":', '', '{"name":"x"}}', "{'name':'x'}", '\u0000'])(
    'that is not JSON is refused: %j',
    async (body) => {
      expect(
        (await problem('POST', '/v1/agents', { body, headers: { 'content-type': 'application/json' } })).status,
      ).toBe(400);
    },
  );

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'nonsense',
  ])('of type %s is refused', async (type) => {
    const refused = await problem('POST', '/v1/agents', { headers: { 'content-type': type }, body: '{"name":"x"}' });
    expect(refused).toMatchObject({ status: 415, detail: 'The body must be sent as application/json.' });
  });

  it.each(['[]', '"text"', '7', 'null', 'true'])('that is %s and no object is refused', async (body) => {
    expect(await problem('POST', '/v1/agents', { body })).toMatchObject({
      status: 400,
      detail: 'body: must be a JSON object',
    });
  });

  it('that is missing is refused', async () => {
    expect(await problem('POST', '/v1/agents')).toMatchObject({ status: 400, detail: 'body: is required' });
  });

  it.each([
    [{ config: { prompt: 'x' } }, 'name', 'is required'],
    [{ name: 7, config: { prompt: 'x' } }, 'name', 'must be text'],
    [{ name: '', config: { prompt: 'x' } }, 'name', 'must have 1 to 100 characters'],
    [{ name: 'a\u0000b', config: { prompt: 'x' } }, 'name', 'must not contain NUL characters'],
    [{ name: 'x' }, 'config', 'is required'],
    [{ name: 'x', config: {} }, 'config.prompt', 'is required'],
    [agentWith({ prompt: 'x'.repeat(32_001) }), 'config.prompt', 'must have 1 to 32000 characters'],
    [agentWith({ temperature: 2.1 }), 'config.temperature', 'must be at most 2'],
    [agentWith({ temperature: '1' }), 'config.temperature', 'must be a number from 0 to 2'],
    [agentWith({ maxCallSeconds: 9 }), 'config.maxCallSeconds', 'must be a whole number from 10 to 14400'],
    [agentWith({ maxCallSeconds: 60.5 }), 'config.maxCallSeconds', 'must be a whole number from 10 to 14400'],
    [agentWith({ toolIds: ['x'] }), 'config.toolIds.0', 'must be a UUID'],
    [
      agentWith({ toolIds: Array.from({ length: 65 }, () => AGENT_ID) }),
      'config.toolIds',
      'must have at most 64 items',
    ],
    [
      agentWith({ turnDetection: { startSensitivity: 'medium' } }),
      'config.turnDetection.startSensitivity',
      'must be one of low, high',
    ],
    [agentWith({ turnDetection: [] }), 'config.turnDetection', 'must be an object'],
  ])('with a field that breaks a rule is refused, with field and rule: case %#', async (body, field, message) => {
    expect(await problem('POST', '/v1/agents', { body })).toMatchObject({
      type: 'https://orbisvoice.dev/problems/invalid-argument',
      status: 400,
      detail: `${field}: ${message}`,
      errors: [{ field, message }],
    });
  });

  it('with unknown fields is refused, naming each', async () => {
    const body = { ...agentWith({ tool_ids: [], turnDetection: { silence: 1 } }), colour: 'red' };
    const { errors } = await problem('POST', '/v1/agents', { body });
    expect(errors).toEqual([
      { field: 'config.turnDetection.silence', message: 'is not a known field' },
      { field: 'config.tool_ids', message: 'is not a known field' },
      { field: 'colour', message: 'is not a known field' },
    ]);
  });

  it.each(['{"__proto__":{"name":"x"}}', '{"constructor":{"prototype":{"x":1}}}'])(
    'that reaches for prototypes is refused: %s',
    async (body) => {
      expect((await problem('POST', '/v1/agents', { body })).status).toBe(400);
    },
  );

  it('with very many mistakes gets a short answer', async () => {
    const body = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`${'x'.repeat(80)}${index}`, 1]));
    const refused = await problem('POST', '/v1/agents', { body });
    expect(refused.errors).toHaveLength(20);
  });

  it('that changes nothing is refused', async () => {
    const refused = await problem('PATCH', `/v1/agents/${AGENT_ID}`, { body: {} });
    expect(refused).toMatchObject({ status: 400, detail: 'body: must change name or config' });
  });
});

describe('an address', () => {
  it.each([
    ['GET', '/v1/unknown'],
    ['GET', '/v2/agents'],
    ['GET', '/docs/../package.json'],
    ['GET', '/docs/assets/package.json'],
  ])('that is no route is not found: %s %s', async (method, path) => {
    expect(await problem(method, path)).toMatchObject({ status: 404 });
  });

  it.each([
    ['PUT', '/v1/agents', 'GET, HEAD, POST'],
    ['GET', `/v1/agents/${AGENT_ID}/publish`, 'POST'],
    ['TRACE', `/v1/tools/${AGENT_ID}`, 'DELETE, GET, HEAD, PUT'],
    ['POST', '/docs', 'GET, HEAD'],
  ])('that is asked with the wrong method says which are right: %s %s', async (method, path, allowed) => {
    const { status, headers, body } = await api.ask(method, path, { as: 'nobody' });
    expect([status, headers.get('allow'), body.detail]).toEqual([405, allowed, `${method} is not allowed here.`]);
  });

  it('that is too long is refused', async () => {
    expect(await problem('GET', `/v1/agents/${'x'.repeat(5_000)}`)).toMatchObject({ status: 414 });
  });

  it('that is malformed is refused as a problem', async () => {
    expect(await problem('GET', '/%E0%A4%A')).toMatchObject({ status: 400 });
    const { headers } = await api.ask('GET', '/%E0%A4%A');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['/v1/agents/7', 'id'],
    ["/v1/agents/'%20OR%201=1", 'id'],
    ['/v1/agents?limit=0', 'limit'],
    ['/v1/agents?limit=101', 'limit'],
    ['/v1/agents?limit=ten', 'limit'],
    ['/v1/agents?limit=1&limit=2', 'limit'],
    ['/v1/agents?cursor=', 'cursor'],
    [`/v1/agents?cursor=${'x'.repeat(1_001)}`, 'cursor'],
    ['/v1/agents?page_size=1', 'page_size'],
    ['/v1/conversations?agentId=7', 'agentId'],
    ['/v1/api-keys?limit=1', 'limit'],
  ])('with a bad parameter is refused: %s, naming %s', async (path, field) => {
    expect(await problem('GET', path)).toMatchObject({ status: 400, errors: [{ field }] });
  });

  it('with a bad version number is refused', async () => {
    for (const version of ['0', '1.5', 'x', '99999999999']) {
      const refused = await problem('POST', `/v1/agents/${AGENT_ID}/versions/${version}/restore`);
      expect(refused).toMatchObject({ status: 400, detail: 'version: must be a version number' });
    }
  });
});

describe('a connection', () => {
  it('that sends no HTTP, or headers without end, is closed and hurts nobody', async () => {
    for (const garbage of [
      '\u0016\u0003\u0001\u0000garbage\r\n\r\n',
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
    ]) {
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(api.service.httpPort, '127.0.0.1', () => socket.write(garbage));
        let received = '';
        socket.on('data', (chunk) => (received += chunk.toString()));
        socket.on('error', () => resolve(received));
        socket.on('close', () => resolve(received));
      });
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d/);
    }
    expect((await fetch(`${api.url}/livez`)).status).toBe(200);
  });
});
