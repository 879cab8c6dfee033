import { describe, expect, it } from '@jest/globals';
import { camelCaseKeys } from './camel-case.js';

describe('camelCaseKeys', () => {
  it('changes the keys of the protocol, not those that belong to users', () => {
    const message = {
      tool_response: { function_responses: [{ id: 'a_b', response: { my_key: { in_ner: 1 } } }] },
      parameters: { properties: { order_id: { type: 'STRING', any_of: [{ max_length: 3 }] } } },
    };
    expect(camelCaseKeys(message)).toEqual({
      toolResponse: { functionResponses: [{ id: 'a_b', response: { my_key: { in_ner: 1 } } }] },
      parameters: { properties: { order_id: { type: 'STRING', anyOf: [{ maxLength: 3 }] } } },
    });
  });

  it('survives any depth', () => {
    let value: unknown = 1;
    for (let n = 0; n < 5_000; n++) value = { a_b: value };
    expect(() => camelCaseKeys(value)).not.toThrow();
  });
});
