import { describe, expect, it } from '@jest/globals';
import { DomainError, invalidField } from '@orbisvoice/service-kit/errors';
import { renameFields, TOOL_FIELD_NAMES } from './field-names.js';

describe('renameFields', () => {
  it.each([
    ['config.tool_ids.0', 'config.toolIds.0'],
    ['config.turn_detection.prefix_padding_ms', 'config.turnDetection.prefixPaddingMs'],
    ['page_size', 'limit'],
    ['page_token', 'cursor'],
    ['agentId', 'agentId'],
  ])('calls %s %s, in the sentence too', (before, after) => {
    expect(renameFields(invalidField(before, 'must be better'))).toMatchObject({
      message: `${after}: must be better`,
      violations: [{ field: after, message: 'must be better' }],
    });
  });

  it.each([
    ['definition.name', 'name'],
    ['definition.parameters_json_schema', 'parameters'],
    ['definition.http.url', 'http.url'],
    ['definition.built_in.function', 'builtIn.function'],
  ])("knows a tool's %s as %s", (before, after) => {
    const { violations } = renameFields(invalidField(before, 'must be better'), TOOL_FIELD_NAMES);
    expect(violations[0]?.field).toBe(after);
  });

  it('speaks of cursors where the services speak of page tokens', () => {
    const error = renameFields(invalidField('page_token', 'must be the next_page_token of an earlier page'));
    expect(error.message).toBe('cursor: must be the nextCursor of an earlier page');
  });

  it('keeps the rest of the error', () => {
    const violations = [{ field: 'page_size', message: 'is odd' }];
    const error = new DomainError('unavailable', 'Later.', { violations, retryAfterMs: 500 });
    expect(renameFields(error)).toMatchObject({
      kind: 'unavailable',
      message: 'Later.',
      retryable: true,
      retryAfterMs: 500,
    });
  });
});
