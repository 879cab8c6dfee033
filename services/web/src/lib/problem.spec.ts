import { describe, expect, it } from '@jest/globals';
import { fromAnswer, messageOf, unreachable } from './problem';

describe('errors of the API', () => {
  it('reads a problem document with its fields', () => {
    const body = {
      type: 'https://orbisvoice.dev/problems/invalid-argument',
      detail: 'config.prompt: is required',
      retryable: false,
      errors: [{ field: 'config.prompt', message: 'is required' }, { field: 1 }],
    };
    const error = fromAnswer(400, body, null);
    expect(error).toMatchObject({ status: 400, kind: 'invalid-argument', message: 'config.prompt: is required' });
    expect(error.fieldMessage('config.prompt')).toBe('is required');
    expect(error.fieldErrors).toHaveLength(1);
  });

  it('makes do with an answer that is no problem document', () => {
    expect(fromAnswer(502, undefined, '3')).toMatchObject({ kind: 'http-502', retryAfterMs: 3_000, fieldErrors: [] });
  });

  it('says where nobody answered', () => {
    expect(unreachable('http://api:3000', new Error('x')).message).toContain('http://api:3000');
  });

  it('has a sentence for anything thrown', () => {
    expect(messageOf('x')).toBe('Something went wrong.');
    expect(messageOf(new Error('Because.'))).toBe('Because.');
  });
});
