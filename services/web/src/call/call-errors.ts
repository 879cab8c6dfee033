/** What a call that failed means for the person in front of the page. */
import { VoiceError, type VoiceErrorKind } from '@orbisvoice/client/call/voice-error';
import type { CallEnded } from '@orbisvoice/client/call/call-events';
import { endReason } from '../conversations/conversation-words';
import { ApiError, messageOf } from '../lib/problem';

export type Remedy = 'retry' | 'without-microphone' | 'publish' | 'sign-in' | 'none';

export interface CallFailure {
  title: string;
  message: string;
  remedy: Remedy;
}

/** Any failure of starting a call as the error type of the voice client. */
export function toVoiceError(error: unknown): VoiceError {
  if (error instanceof VoiceError) return error;
  const message = messageOf(error);
  if (!(error instanceof ApiError))
    return new VoiceError({ kind: 'internal', message, retryable: false, cause: error });
  const { status, retryable } = error;
  const field = error.fieldErrors[0]?.field ?? 'token';
  const kind = status === 0 ? 'unavailable' : (error.kind.replaceAll('-', '_') as VoiceErrorKind);
  return new VoiceError({ kind, message, field, retryable, cause: error });
}

/** Undefined when the call ended in the ordinary way. `gatewayUrl` is where the call was tried. */
export function failureOf(ended: CallEnded, gatewayUrl?: string): CallFailure | undefined {
  const { error, reason, detail } = ended;
  if (error === undefined) {
    if (reason === 'client_ended' || reason === 'agent_ended' || reason === 'idle' || reason === 'max_duration')
      return undefined;
    return {
      title: endReason(reason).label,
      message: detail ?? 'The conversation up to here is stored.',
      remedy: 'retry',
    };
  }
  if (error.kind === 'cancelled') return undefined;
  // Another page had the call, and it was over before this one came for it.
  if (error.field === 'resumeTicket') {
    const message = 'It could not be taken up again in time. The conversation up to here is stored.';
    return { title: 'The call has ended', message, remedy: 'none' };
  }
  const unreached = error.kind === 'unavailable' && error.closeCode === undefined && error.field === undefined;
  const where = unreached && gatewayUrl !== undefined ? ` Its address is ${gatewayUrl}.` : '';
  return { ...explain(error), message: `${error.message}${where}` };
}

function explain(error: VoiceError): Omit<CallFailure, 'message'> {
  if (error.field === 'microphone') return { title: 'No microphone', remedy: 'without-microphone' };
  switch (error.kind) {
    case 'unauthenticated':
      return error.closeCode === undefined
        ? { title: 'You are signed out', remedy: 'sign-in' }
        : { title: 'The voice gateway refused the call’s token', remedy: 'retry' };
    case 'permission_denied':
      return { title: 'This call is not allowed', remedy: 'none' };
    case 'failed_precondition':
      return error.field === 'page' || error.field === 'audio' || error.field === 'workletBaseUrl'
        ? { title: 'This browser gives no sound', remedy: 'retry' }
        : { title: 'This agent can’t be called yet', remedy: 'publish' };
    case 'not_found':
      return { title: 'There is no such agent', remedy: 'none' };
    case 'resource_exhausted':
      return { title: 'Too many calls at the moment', remedy: 'retry' };
    case 'unavailable':
    case 'deadline_exceeded':
      return { title: 'The call could not be connected', remedy: 'retry' };
    default:
      return { title: 'The call failed', remedy: 'retry' };
  }
}
