import { describe, expect, it } from '@jest/globals';
import { MAX_MESSAGE_BYTES } from '@orbisvoice/client/protocol/constants';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { parseClientMessage } from './client-messages.js';

const parse = (message: unknown) =>
  parseClientMessage(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)));

function refusalOf(message: unknown): { kind: string; field: string | undefined; message: string } {
  try {
    parse(message);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { kind: error.kind, field: error.violations[0]?.field, message: error.message };
  }
  throw new Error('the message was taken');
}

const AGENT_ID = '0d6cb5a5-6a7c-4b7e-9a3e-1f2d3c4b5a69';
const TYPES = 'call.start, input.text, playback.position, tool.result, call.end';

describe('a message of a client', () => {
  it.each([
    [{ type: 'call.start', token: 't' }],
    [{ type: 'call.start', token: 't', agentId: AGENT_ID, resumeTicket: 'r' }],
    [{ type: 'input.text', text: 'Hello' }],
    [{ type: 'playback.position', turn: 1, playedMs: 0 }],
    [{ type: 'playback.position', turn: 70_000, playedMs: 12.5 }],
    [{ type: 'tool.result', toolCallId: 'c', result: { any: ['thing'] } }],
    [{ type: 'tool.result', toolCallId: 'c', error: 'why' }],
    [{ type: 'call.end' }],
  ])('%j is taken', (message) => {
    expect(parse(message)).toEqual(message);
  });

  it('may carry fields that nobody knows yet', () => {
    expect(parse({ type: 'call.end', mood: 'good' })).toEqual({ type: 'call.end' });
  });

  it('of just the largest size is taken', () => {
    const message = JSON.stringify({ type: 'call.end' });
    expect(parse(message + ' '.repeat(MAX_MESSAGE_BYTES - message.length))).toEqual({ type: 'call.end' });
  });
});

describe('a client is told what is wrong with', () => {
  it.each([
    ['text that is no JSON', 'hello'],
    ['an unfinished object', '{"type":"call.end"'],
    ['nothing at all', ''],
    ['audio sent as text', Buffer.alloc(640, 7).toString('latin1')],
  ])('%s', (_, message) => {
    expect(refusalOf(message)).toEqual({
      kind: 'invalid_argument',
      field: 'message',
      message: 'message: must be JSON; audio goes into binary messages',
    });
  });

  it('a message above 64 kB, without reading it', () => {
    expect(refusalOf('{'.repeat(MAX_MESSAGE_BYTES + 1))).toEqual({
      kind: 'invalid_argument',
      field: 'message',
      message: `message: must be at most ${MAX_MESSAGE_BYTES} bytes`,
    });
  });

  it.each([
    [{ type: 'dance' }],
    [{ type: '' }],
    [{ type: 7 }],
    [{ type: 'constructor' }],
    [{ type: ['call.end'] }],
    [{}],
    [[]],
    ['null'],
    ['7'],
    ['"call.end"'],
  ])('a type that there is not: %j', (message) => {
    expect(refusalOf(message)).toEqual({
      kind: 'invalid_argument',
      field: 'type',
      message: `type: must be one of ${TYPES}`,
    });
  });

  it.each([
    [{ type: 'call.start' }, 'token'],
    [{ type: 'call.start', token: '' }, 'token'],
    [{ type: 'call.start', token: 'x'.repeat(4_097) }, 'token'],
    [{ type: 'call.start', token: 't', agentId: 'seven' }, 'agentId'],
    [{ type: 'call.start', token: 't', resumeTicket: '' }, 'resumeTicket'],
    [{ type: 'input.text' }, 'text'],
    [{ type: 'input.text', text: '' }, 'text'],
    [{ type: 'input.text', text: 'x'.repeat(8_001) }, 'text'],
    [{ type: 'input.text', text: { $ne: null } }, 'text'],
    [{ type: 'playback.position', turn: 0, playedMs: 0 }, 'turn'],
    [{ type: 'playback.position', turn: 1.5, playedMs: 0 }, 'turn'],
    [{ type: 'playback.position', turn: 1, playedMs: -1 }, 'playedMs'],
    ['{"type":"playback.position","turn":1,"playedMs":1e999}', 'playedMs'],
    [{ type: 'playback.position', turn: 1 }, 'playedMs'],
    [{ type: 'tool.result', result: 1 }, 'toolCallId'],
    [{ type: 'tool.result', toolCallId: 'c', error: 'x'.repeat(2_001) }, 'error'],
  ])('a field that breaks a rule: %j', (message, field) => {
    expect(refusalOf(message)).toMatchObject({
      kind: 'invalid_argument',
      field,
      message: expect.stringContaining(`${field}: `),
    });
  });

  it('a message that is nested too deeply, before it is parsed', () => {
    const message = `{"type":"tool.result","toolCallId":"c","result":${'['.repeat(60_000)}`;
    expect(refusalOf(message)).toMatchObject({
      field: 'message',
      message: expect.stringContaining('at most 64 levels'),
    });
  });
});
