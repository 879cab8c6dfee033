/** How a run of a tool ended, in the words of tools.proto without their prefix. */
export const OUTCOMES = ['ok', 'failed', 'timed_out', 'cancelled', 'blocked', 'too_large', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface RunResult {
  outcome: Outcome;
  /** JSON text: what the tool returned, or the failure as tools.proto has it. At most six times the answer's bytes. */
  resultJson: string;
  /** The endpoint seems to be down, or too slow: counts for the circuit breaker. */
  endpointDown: boolean;
}

/**
 * Models ask again and again when a tool returns nothing, so emptiness is said in words.
 * @param value anything that JSON can hold
 */
export function succeeded(value: unknown): RunResult {
  const resultJson = JSON.stringify(isEmpty(value) ? describeNothing(value) : value);
  return { outcome: 'ok', resultJson, endpointDown: false };
}

export interface FailureDetails {
  /** Whether the model may call the tool again and hope for better. */
  retryable: boolean;
  httpStatus?: number;
  /** JSON value: why, in the endpoint's own words. */
  said?: unknown;
  /** For whoever made the tool, not for the model. */
  detail?: string;
  endpointDown?: boolean;
}

export function failed(sentence: string, details: FailureDetails): RunResult {
  return unsuccessful('failed', sentence, details);
}

export function tooLarge(maxBytes: number): RunResult {
  return unsuccessful('too_large', 'The answer is too large to be read. Ask for less, or for something more exact.', {
    retryable: false,
    detail: `The answer has more than ${maxBytes} bytes (MAX_RESPONSE_BYTES).`,
  });
}

export function unsuccessful(
  outcome: Exclude<Outcome, 'ok'>,
  sentence: string,
  { retryable, httpStatus, said, detail, endpointDown = false }: FailureDetails,
): RunResult {
  const failure = { error: sentence, retryable, httpStatus, endpointSaid: said, detail };
  return { outcome, resultJson: JSON.stringify(failure), endpointDown };
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function describeNothing(value: unknown): object {
  const nothing = { status: 'ok', retryable: false, message: 'the tool returned nothing' };
  return Array.isArray(value) ? { ...nothing, message: 'the tool returned an empty list', result: [] } : nothing;
}
