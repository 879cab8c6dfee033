import { describe, expect, it } from '@jest/globals';
import { VoiceError, type VoiceErrorDetails } from '@orbisvoice/client/call/voice-error';
import { ApiError, unreachable } from '../lib/problem';
import { failureOf, toVoiceError } from './call-errors';

const failed = (details: Partial<VoiceErrorDetails>) =>
  failureOf(
    {
      reason: 'client_lost',
      error: new VoiceError({ kind: 'internal', message: 'Because.', retryable: false, ...details }),
    },
    'ws://gateway/stream',
  );

describe('why a call failed', () => {
  it('offers a call without a microphone when there is none or it is blocked', () => {
    expect(failed({ kind: 'permission_denied', field: 'microphone' })?.remedy).toBe('without-microphone');
    expect(failed({ kind: 'not_found', field: 'microphone' })?.remedy).toBe('without-microphone');
  });

  it('sends to the agent when it is not published, to the sign-in when the session is over', () => {
    expect(failed({ kind: 'failed_precondition', field: 'agentId' })?.remedy).toBe('publish');
    expect(failed({ kind: 'unauthenticated', field: 'token' })?.remedy).toBe('sign-in');
  });

  it('tells a refused token from a session that is over', () => {
    expect(failed({ kind: 'unauthenticated', closeCode: 4401 })).toMatchObject({ remedy: 'retry' });
  });

  it('says which gateway could not be reached', () => {
    expect(failed({ kind: 'unavailable' })?.message).toBe('Because. Its address is ws://gateway/stream.');
  });

  it('is silent about calls that ended in the ordinary way', () => {
    expect(failureOf({ reason: 'client_ended' })).toBeUndefined();
    expect(failed({ kind: 'cancelled' })).toBeUndefined();
  });

  it('says what a provider that failed means', () => {
    expect(failureOf({ reason: 'provider_failed', detail: 'No answer.' })).toMatchObject({
      message: 'No answer.',
      remedy: 'retry',
    });
  });
});

describe('failures of the token request', () => {
  it('keeps kind, field and sentence of a problem document', () => {
    const fieldErrors = [{ field: 'agentId', message: 'must be a published agent' }];
    const error = new ApiError({ status: 412, kind: 'failed-precondition', message: 'Never published.', fieldErrors });
    expect(toVoiceError(error)).toMatchObject({
      kind: 'failed_precondition',
      field: 'agentId',
      message: 'Never published.',
    });
  });

  it('takes an API that does not answer for unavailable', () => {
    expect(toVoiceError(unreachable('http://api', undefined))).toMatchObject({ kind: 'unavailable', retryable: true });
  });
});
