/** Why a connection is closed, in the words of the real server as far as they are known. */
export interface CloseReason {
  code: number;
  reason: string;
}

/** A WebSocket close frame has room for 123 bytes; the real server cuts its sentences there too. */
const MAX_REASON_BYTES = 123;

export const INVALID_KEY: CloseReason = { code: 1007, reason: 'API key not valid. Please pass a valid API key.' };
export const MISSING_KEY = policyViolation(
  "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
);
export const INVALID_TOKEN = policyViolation('The ephemeral token is not valid, has been used up, or has expired.');
export const SESSION_OPEN: CloseReason = {
  code: 1011,
  reason: 'Internal error encountered: the session is still connected.',
};
export const BAD_HANDLE = invalidArgument('the session resumption handle is not valid or has expired.');
export const DEADLINE_EXPIRED: CloseReason = {
  code: 1011,
  reason: 'Deadline expired before operation could complete.',
};
export const SHUTTING_DOWN: CloseReason = { code: 1001, reason: 'The service is shutting down.' };
export const SLOW_READER: CloseReason = { code: 1011, reason: 'The client does not read what is sent to it.' };

export function invalidArgument(detail: string): CloseReason {
  return cut({ code: 1007, reason: `Request contains an invalid argument: ${detail}` });
}

export function policyViolation(reason: string): CloseReason {
  return cut({ code: 1008, reason });
}

export function modelNotFound(model: string, version: string): CloseReason {
  return policyViolation(
    `${model} is not found for API version ${version}, or is not supported for bidiGenerateContent. Call ListModels to see the list of available models and their supported methods.`,
  );
}

/** Thrown where a message is refused: the connection is closed with this reason. */
export class ProtocolError extends Error {
  constructor(readonly close: CloseReason) {
    super(close.reason);
  }
}

export function cut({ code, reason }: CloseReason): CloseReason {
  let short = reason;
  while (Buffer.byteLength(short) > MAX_REASON_BYTES) short = short.slice(0, -1);
  return { code, reason: short };
}
