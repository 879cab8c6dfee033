import { describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import { fromResponse } from './http-answer.js';
import { toHttpRequest, type HttpToolCall } from './http-request.js';

function call(changes: Partial<HttpToolCall>): HttpToolCall {
  return {
    method: 'GET',
    urlTemplate: 'https://a.example/orders/{id}?v=1',
    headers: {},
    args: { id: 'A 1', tags: ['x', 'y'], at: { day: 1 }, none: null, paid: true },
    idempotencyKey: 'conversation:call',
    ...changes,
  };
}

function answer(body: string | Buffer, contentType?: string, status = 200) {
  const headers: Record<string, string> = contentType === undefined ? {} : { 'content-type': contentType };
  const result = fromResponse({ status, headers, body: Buffer.from(body), url: 'https://a.example/' }, 'POST');
  return { ...result, value: JSON.parse(result.resultJson) as unknown };
}

describe('requests of HTTP tools', () => {
  const exact = '{"id":2512292042121000001,"sum":0.1000000000000000055,"list":[1e400,-0],"at":{"n":9007199254740993}}';

  it('carry numbers that JavaScript can not hold, in path, query and body', () => {
    const args = parseExactJson(exact) as HttpToolCall['args'];
    expect(toHttpRequest(call({ args })).url).toBe(
      'https://a.example/orders/2512292042121000001?v=1&sum=0.1000000000000000055&list=1e400&list=-0' +
        '&at=%7B%22n%22%3A9007199254740993%7D',
    );
    expect(toHttpRequest(call({ args, method: 'POST', urlTemplate: 'https://a.example/' })).body).toBe(exact);
  });

  it.each(['GET', 'DELETE'] as const)('%s carries its arguments in the query', (method) => {
    const request = toHttpRequest(call({ method }));
    expect(request.url).toBe('https://a.example/orders/A%201?v=1&tags=x&tags=y&at=%7B%22day%22%3A1%7D&paid=true');
    expect(request.body).toBeUndefined();
  });

  it.each(['POST', 'PUT', 'PATCH'] as const)('%s carries its arguments in a JSON body', (method) => {
    const request = toHttpRequest(call({ method }));
    expect(request.url).toBe('https://a.example/orders/A%201?v=1');
    expect(JSON.parse(request.body as string)).toEqual({ tags: ['x', 'y'], at: { day: 1 }, none: null, paid: true });
    expect(request.headers).toMatchObject({ 'content-type': 'application/json' });
  });

  it('carry the idempotency key and the headers of the tool', () => {
    expect(toHttpRequest(call({ headers: { Authorization: 'Bearer x', Accept: 'text/plain' } })).headers).toEqual({
      accept: 'text/plain',
      authorization: 'Bearer x',
      'idempotency-key': 'conversation:call',
    });
  });
});

describe('answers of HTTP tools', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/vnd.api+json',
    'text/json',
    'text/html',
    'text/plain',
    'text/javascript',
    'application/octet-stream',
    'binary/octet-stream',
    'nonsense',
    undefined,
  ])('JSON as %s is passed on', (type) => {
    expect(answer(' {"a": [1, 2]} ', type)).toMatchObject({ outcome: 'ok', resultJson: '{"a":[1,2]}' });
  });

  it.each([
    ['text/plain', 'sunny'],
    ['text/html; charset=utf-8', 'sunny'],
    ['text/html', 'Booked for <b>10:00</b>'],
    ['text/csv', 'time,free\n10:00,no'],
    ['text/markdown', '# Free\n- 11:30'],
    ['application/xml', '<?xml version="1.0"?><slots><slot>11:30</slot></slots>'],
    ['application/json', 'OK'],
    ['application/octet-stream', '007'],
    ['text/plain', '42'],
    ['text/plain', '[not JSON] but words'],
    [undefined, 'hello'],
  ])('text as %s is wrapped: %j', (type, text) => {
    expect(answer(`${text}\n`, type).value).toEqual({ text });
  });

  it.each(['application/x-ndjson', 'application/json', 'text/plain', undefined])(
    'lines of JSON as %s are a list',
    (type) => {
      expect(answer('{"a":1}\n{"a":2512292042121000001}\n', type).resultJson).toBe(
        '[{"a":1},{"a":2512292042121000001}]',
      );
    },
  );

  it('numbers that JavaScript can not hold stay what they were', () => {
    const body = '{"id":2512292042121000001,"list":[1e400,-0,0.30000000000000004441]}';
    expect(answer(body, 'application/json').resultJson).toBe(body);
  });

  it.each([
    ['text/plain; charset=iso-8859-1', Buffer.from([0x73, 0xfc, 0xdf])],
    ['text/plain; Charset="ISO-8859-1"; x=y', Buffer.from([0x73, 0xfc, 0xdf])],
    ['text/plain', Buffer.from([0x73, 0xfc, 0xdf])],
    ['text/plain; charset=utf-8', Buffer.from([0x73, 0xfc, 0xdf])],
    ['text/plain; charset=unheard-of', Buffer.from('süß')],
    ['text/plain; charset=iso-8859-1', Buffer.from('\ufeffsüß')],
    ['text/plain', Buffer.from('\ufeffsüß', 'utf16le')],
    ['text/plain', Buffer.from('\ufeffsüß', 'utf16le').swap16()],
    [undefined, Buffer.from('süß', 'utf16le')],
    [undefined, Buffer.from('\ufeffsüß')],
  ])('text as %s is decoded from %j', (type, body) => {
    expect(answer(body, type).value).toEqual({ text: 'süß' });
  });

  it('other encodings are decoded, in JSON too', () => {
    const type = 'application/json; charset=';
    const shiftJis = Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0x8a, 0xbf, 0x8e, 0x9a, 0x22, 0x7d]);
    expect(answer(shiftJis, `${type}shift_jis`).value).toEqual({ a: '漢字' });
    expect(answer(Buffer.from('\ufeff{"a":"é"}', 'utf16le'), 'application/json').value).toEqual({ a: 'é' });
    expect(
      answer(Buffer.from('{"a":"é € ’"}'.replace('€', '\x80').replace('’', '\x92'), 'latin1'), type).value,
    ).toEqual({
      a: 'é € ’',
    });
    const xml = Buffer.from('<?xml version="1.0" encoding="iso-8859-2"?><a>\xb1</a>', 'latin1');
    expect(answer(xml, 'text/xml').value).toEqual({ text: '<?xml version="1.0" encoding="iso-8859-2"?><a>ą</a>' });
  });

  it.each([
    ['', undefined],
    ['', 'application/json'],
    [' ', 'application/json'],
    ['null', 'application/json'],
    ['{}', 'application/json'],
    ['""', 'application/json'],
    ['\n', 'text/plain'],
    ['', 'text/html'],
    ['\ufeff', undefined],
  ])('nothing (%j as %s) is said in words', (body, type) => {
    expect(answer(body, type).value).toEqual({ status: 'ok', retryable: false, message: 'the tool returned nothing' });
  });

  it('an empty list stays a list', () => {
    expect(answer('[]', 'application/json').value).toMatchObject({ status: 'ok', result: [] });
  });

  it.each(['0', 'false'])('%s is an answer', (body) => {
    expect(answer(body, 'application/json').resultJson).toBe(body);
  });

  it('a web page is a failure that tells what a reader would see', () => {
    const page = `<!-- x --><!DOCTYPE html><html><head><title>Sign in</title><script>if (a < b) x('<p>')</script></head>
      <body><style>p{}</style><p>Please&nbsp;sign in &amp; try again.</p></body></html>`;
    const { outcome, value } = answer(page, 'text/html; charset=utf-8');
    expect(outcome).toBe('failed');
    expect(value).toEqual({
      error: expect.stringContaining('Tell the caller'),
      retryable: false,
      httpStatus: 200,
      endpointSaid: 'Sign in Please sign in & try again.',
      detail: `HTTP 200, text/html; charset=utf-8, ${page.length} bytes: a web page, not data`,
    });
  });

  it('reads a hostile page in time', () => {
    const startedAt = performance.now();
    for (const part of ['<script', '<!--', '<title', '<', '&#', '<!-- -->'])
      answer(`<html>${part.repeat(50_000)}`, 'text/html');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it.each([
    ['an image', Buffer.from([0x89, 0x50]), 'image/png'],
    ['an image without a type', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), undefined],
    ['broken JSON', '{', 'application/json'],
    ['compressed bytes', gzipSync('{}'), 'application/json'],
    ['a document', '%PDF-1.7 words', 'application/octet-stream'],
    ['endless nesting', '['.repeat(50_000), 'application/json'],
  ])('%s is a failure in words for a caller, with what it was for a developer', (_, body, type) => {
    const { outcome, value } = answer(body, type);
    expect(outcome).toBe('failed');
    expect(value).toEqual({
      error: expect.stringMatching(/^The service sent .* Tell the caller/),
      retryable: false,
      httpStatus: 200,
      detail: expect.stringMatching(/^HTTP 200, .*bytes: (not text|JSON )/),
    });
  });

  it('is taken whole, however large: the limit is that of the response', () => {
    const text = 'x'.repeat(200 * 1024);
    expect(answer(JSON.stringify({ text }), 'application/json').value).toEqual({ text });
  });
});

describe('refusals of HTTP tools', () => {
  it.each([
    [400, false, false],
    [404, false, false],
    [409, false, false],
    [429, true, true],
    [500, false, true],
    [503, true, true],
    [304, false, false],
  ])('status %i is a failure; retryable: %s, endpoint down: %s', (status, retryable, endpointDown) => {
    const result = answer('{"free":["11:30"]}', 'application/json', status);
    expect(result).toMatchObject({ outcome: 'failed', endpointDown });
    expect(result.value).toEqual({
      error: expect.stringMatching(/^The service .* It said why: use/),
      retryable,
      httpStatus: status,
      endpointSaid: { free: ['11:30'] },
      detail: `HTTP ${status}, application/json, 18 bytes`,
    });
  });

  it.each([
    ['10:00 is taken, free: 11:30', 'text/plain', '10:00 is taken, free: 11:30'],
    ['10:00 is taken, free: 11:30', undefined, '10:00 is taken, free: 11:30'],
    ['{"error":"10:00 is taken"}', 'text/html', { error: '10:00 is taken' }],
    ['"10:00 is taken"', 'application/problem+json', '10:00 is taken'],
    ['{"broken', 'application/json', undefined],
    ['<html><body><h1>Conflict</h1>taken</body>', 'text/html', 'Conflict taken'],
    ['', undefined, undefined],
    ['{}', 'application/json', undefined],
    [Buffer.from([0, 1, 2]), undefined, undefined],
  ])('the reason %j as %s reaches the model', (body, type, endpointSaid) => {
    const { value } = answer(body, type, 409);
    expect((value as Record<string, unknown>)['endpointSaid']).toEqual(endpointSaid);
    expect((value as { error: string }).error.includes('It said why')).toBe(endpointSaid !== undefined);
  });

  it('a long reason is cut between characters', () => {
    for (const body of ['é'.repeat(50_000), `x${'é'.repeat(50_000)}`, JSON.stringify({ why: '漢'.repeat(5_000) })]) {
      const { endpointSaid } = answer(body, 'application/json', 400).value as { endpointSaid: string };
      expect(Buffer.byteLength(endpointSaid)).toBeLessThanOrEqual(4 * 1024 + 4);
      expect(endpointSaid).toMatch(/[é漢] …$/);
    }
  });

  it('what may have taken effect is not repeated', () => {
    expect(answer('', undefined, 500).value).toMatchObject({
      error: 'The service has a problem of its own. It may have taken effect all the same. Do not repeat it unasked.',
    });
  });
});
