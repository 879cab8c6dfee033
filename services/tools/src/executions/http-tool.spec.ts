import { describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
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
  it.each(['application/json', 'application/json; charset=utf-8', 'application/vnd.api+json', undefined])(
    'JSON as %s is passed on',
    (type) => {
      expect(answer(' {"a": [1, 2]} ', type)).toMatchObject({ outcome: 'ok', resultJson: '{"a":[1,2]}' });
    },
  );

  it('text is wrapped, in its own encoding', () => {
    expect(answer('sunny\n', 'text/plain').value).toEqual({ text: 'sunny' });
    expect(answer(Buffer.from([0x73, 0xfc, 0xdf]), 'text/plain; charset=iso-8859-1').value).toEqual({ text: 'süß' });
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
  ])('nothing (%j as %s) is said in words', (body, type) => {
    expect(answer(body, type).value).toEqual({ status: 'ok', retryable: false, message: 'the tool returned nothing' });
  });

  it('an empty list stays a list', () => {
    expect(answer('[]', 'application/json').value).toMatchObject({ status: 'ok', result: [] });
  });

  it.each(['0', 'false'])('%s is an answer', (body) => {
    expect(answer(body, 'application/json').resultJson).toBe(body);
  });

  it('HTML is a failure', () => {
    const { outcome, value } = answer('<html>', 'text/html; charset=utf-8');
    expect(outcome).toBe('failed');
    expect(value).toMatchObject({ error: 'The endpoint answered with text/html, not with JSON or plain text.' });
  });

  it.each([
    ['an image', Buffer.from([0x89, 0x50]), 'image/png'],
    ['no type and no JSON', 'hello', undefined],
    ['broken JSON', '{', 'application/json'],
    ['compressed bytes', gzipSync('{}'), 'application/json'],
    ['a strange type', 'x', 'evil<script>/x'],
    ['endless nesting', '['.repeat(50_000), 'application/json'],
  ])('%s is a failure', (_, body, type) => {
    expect(answer(body, type).outcome).toBe('failed');
  });

  it('more than 64 kB for the model is too large', () => {
    expect(answer(JSON.stringify('x'.repeat(65_535)), 'application/json').outcome).toBe('too_large');
  });

  it.each([
    [400, false, false],
    [404, false, false],
    [429, true, true],
    [500, false, true],
    [503, true, true],
    [304, false, false],
  ])('status %i is a failure; retryable: %s, endpoint down: %s', (status, retryable, endpointDown) => {
    const result = answer('{"secret":"detail"}', 'application/json', status);
    expect(result).toMatchObject({ outcome: 'failed', endpointDown });
    expect(result.value).toEqual({
      error: `The endpoint answered with status ${status}.`,
      retryable,
      httpStatus: status,
    });
  });
});
