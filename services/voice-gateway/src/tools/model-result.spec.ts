import { describe, expect, it } from '@jest/globals';
import { forModel } from './model-result.js';

describe("a tool's failure", () => {
  it('reaches the model without what is for developers', () => {
    const failure = {
      error: 'The service refused this request.',
      retryable: false,
      httpStatus: 409,
      endpointSaid: 'taken',
    };
    expect(forModel({ ...failure, detail: 'HTTP 409' })).toEqual(failure);
  });

  it.each([null, 'text', undefined, { error: 'why' }, ['detail']])('%j stays as it is', (value) => {
    expect(forModel(value)).toBe(value);
  });
});
