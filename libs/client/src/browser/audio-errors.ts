import { VoiceError } from '../call/voice-error.js';
import type { VoiceErrorDetails } from '../call/voice-error.js';

const MICROPHONE_ERRORS: Record<string, Pick<VoiceErrorDetails, 'kind' | 'message' | 'retryable'>> = {
  NotAllowedError: {
    kind: 'permission_denied',
    message:
      'The microphone is blocked for this page. Allow it in the browser (the icon beside the address), then try again.',
    retryable: false,
  },
  SecurityError: {
    kind: 'permission_denied',
    message: 'This page may not use the microphone: its settings, or those of the page around it, forbid it.',
    retryable: false,
  },
  NotFoundError: {
    kind: 'not_found',
    message: 'No microphone was found. Connect one, then try again.',
    retryable: false,
  },
  OverconstrainedError: {
    kind: 'not_found',
    message: 'The chosen microphone is not there any more. Choose another one.',
    retryable: false,
  },
  NotReadableError: {
    kind: 'unavailable',
    message: 'The microphone does not answer; another program may be using it. Close that program, then try again.',
    retryable: true,
  },
};

/** What a failed `getUserMedia` means, with a sentence that says what to do. */
export function microphoneError(cause: unknown): VoiceError {
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : '';
  const known = MICROPHONE_ERRORS[name] ?? {
    kind: 'unavailable' as const,
    message: 'The microphone could not be opened. Check that it works, then try again.',
    retryable: true,
  };
  return new VoiceError({ ...known, field: 'microphone', cause });
}

export function insecureContextError(): VoiceError {
  const message = 'Browsers give audio only to pages from https:// or localhost. Open this page through one of these.';
  return new VoiceError({ kind: 'failed_precondition', message, field: 'page', retryable: false });
}

export function autoplayError(): VoiceError {
  const message = 'The browser keeps sound off until the page is clicked or tapped. Start the call from a click.';
  return new VoiceError({ kind: 'failed_precondition', message, field: 'audio', retryable: true });
}

export function workletError(url: string, cause: unknown): VoiceError {
  const message = `The audio code at ${url} could not be loaded. Check workletBaseUrl and the page's content security policy.`;
  return new VoiceError({ kind: 'failed_precondition', message, field: 'workletBaseUrl', retryable: false, cause });
}
