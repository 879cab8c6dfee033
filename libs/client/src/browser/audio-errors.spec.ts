import { describe, expect, it } from '@jest/globals';
import { microphoneError } from './audio-errors.js';

describe('microphoneError', () => {
  it.each([
    ['NotAllowedError', 'permission_denied', /Allow it/],
    ['NotFoundError', 'not_found', /Connect one/],
    ['NotReadableError', 'unavailable', /another program/],
    ['OverconstrainedError', 'not_found', /Choose another/],
    ['SomethingNew', 'unavailable', /could not be opened/],
  ])('turns %s into %s with a sentence that says what to do', (name, kind, sentence) => {
    const error = microphoneError(new DOMException('', name));
    expect(error).toMatchObject({ kind, field: 'microphone' });
    expect(error.message).toMatch(sentence);
  });
});
