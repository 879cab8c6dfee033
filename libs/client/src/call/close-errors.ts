import { CLOSE_CODES } from '../protocol/constants.js';
import { VoiceError } from './voice-error.js';
import type { VoiceErrorDetails, VoiceErrorKind } from './voice-error.js';
import type { SocketClosed } from './voice-socket.js';

type Meaning = [kind: VoiceErrorKind, retryable: boolean, message: string];

const MEANINGS: Record<number, Meaning> = {
  1000: ['cancelled', false, 'The gateway closed the connection.'],
  1001: ['unavailable', true, 'The gateway is stopping.'],
  [CLOSE_CODES.badRequest]: ['invalid_argument', false, 'The gateway could not understand a message of this client.'],
  [CLOSE_CODES.unauthenticated]: ['unauthenticated', false, 'The call token is missing, expired or already used.'],
  [CLOSE_CODES.forbidden]: ['permission_denied', false, 'The call token does not allow this call.'],
  [CLOSE_CODES.notFound]: ['not_found', false, 'There is no such published agent.'],
  [CLOSE_CODES.startTimeout]: ['deadline_exceeded', true, 'The gateway waited too long for the start of the call.'],
  [CLOSE_CODES.conflict]: ['conflict', false, 'The call is already held by another connection.'],
  [CLOSE_CODES.tooLarge]: ['invalid_argument', false, 'A message of this client was too large.'],
  [CLOSE_CODES.exhausted]: ['resource_exhausted', true, 'No more calls can be taken at the moment.'],
  [CLOSE_CODES.internal]: ['internal', true, 'The gateway failed.'],
  [CLOSE_CODES.unavailable]: ['unavailable', true, 'The gateway is not available.'],
};
const LOST: Meaning = ['unavailable', true, 'The connection to the gateway was lost.'];

/** What a closed connection means, by its code, unless the gateway's own `error` message said it better. */
export function closeError(closed: SocketClosed, said?: VoiceErrorDetails): VoiceError {
  const [kind, retryable, message] = MEANINGS[closed.code] ?? LOST;
  if (said !== undefined && closed.code >= 4000) return new VoiceError({ ...said, closeCode: closed.code });
  return new VoiceError({ kind, retryable, message: closed.reason || message, closeCode: closed.code });
}

const STATUS_KINDS: Record<number, [VoiceErrorKind, boolean]> = {
  400: ['invalid_argument', false],
  401: ['unauthenticated', false],
  403: ['permission_denied', false],
  404: ['not_found', false],
  409: ['conflict', false],
  426: ['failed_precondition', false],
  429: ['resource_exhausted', true],
};

/** What a connection that never opened means. Browsers hide the reason, so the sentence says that it is unknown. */
export function refusalError(closed: SocketClosed): VoiceError {
  if (closed.httpStatus === undefined) {
    return new VoiceError({
      kind: 'unavailable',
      message: closed.cause
        ? `The gateway could not be reached: ${closed.cause}.`
        : 'The gateway could not be reached or refused the connection. Browsers do not tell a page which of the two, or why.',
      retryable: true,
      closeCode: closed.code,
    });
  }
  const [kind, retryable] = STATUS_KINDS[closed.httpStatus] ?? ['unavailable', closed.httpStatus >= 500];
  const why = closed.reason || `HTTP status ${closed.httpStatus}`;
  return new VoiceError({ kind, retryable, message: `The gateway refused the connection: ${why}.` });
}
