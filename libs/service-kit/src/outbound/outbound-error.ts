/**
 * How a request that left the platform ended without an answer.
 * - `blocked`: the guard refused it; nothing was sent to the address that was refused.
 * - `timed_out`, `too_large`, `cancelled`: what the caller asked for: its time, its size, its signal.
 * - `failed`: the name did not resolve, the connection broke, the answer was not HTTP.
 */
export type OutboundErrorKind = 'blocked' | 'timed_out' | 'too_large' | 'cancelled' | 'failed';

export class OutboundError extends Error {
  override readonly name = 'OutboundError';

  /** `message` is a sentence that is safe to show to a tenant: it names the rule, never an address behind a name. */
  constructor(
    readonly kind: OutboundErrorKind,
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
  }
}
