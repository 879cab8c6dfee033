import type { GatewayMessage } from '../protocol/messages.js';

/** What kind of failure it is; the same list everywhere in OrbisVoice. */
export type VoiceErrorKind = Extract<GatewayMessage, { type: 'error' }>['kind'];

export interface VoiceErrorDetails {
  kind: VoiceErrorKind;
  /** A sentence for people. */
  message: string;
  /** What is at fault, such as "token", "agentId" or "microphone". */
  field?: string;
  /** Whether the same attempt may succeed a little later. */
  retryable: boolean;
  /** The WebSocket close code that came with it, when there was one. */
  closeCode?: number;
  cause?: unknown;
}

/** Every failure of this package: thrown, rejected with, or given to `error` listeners. */
export class VoiceError extends Error {
  readonly kind: VoiceErrorKind;
  readonly field: string | undefined;
  readonly retryable: boolean;
  readonly closeCode: number | undefined;

  constructor(details: VoiceErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'VoiceError';
    this.kind = details.kind;
    this.field = details.field;
    this.retryable = details.retryable;
    this.closeCode = details.closeCode;
  }
}

/** The error of a `getToken` that failed. A rejection that already is typed keeps its kind and its sentence. */
export function tokenError(cause: unknown): VoiceError {
  if (cause instanceof VoiceError) return cause;
  const known = (typeof cause === 'object' && cause !== null ? cause : {}) as Partial<VoiceErrorDetails>;
  const typed = typeof known.kind === 'string' && typeof known.retryable === 'boolean';
  return new VoiceError({
    kind: typed ? (known.kind as VoiceErrorKind) : 'unavailable',
    message: typeof known.message === 'string' && known.message !== '' ? known.message : 'No call token could be had.',
    field: typeof known.field === 'string' ? known.field : 'token',
    retryable: typed ? (known.retryable as boolean) : true,
    cause,
  });
}
