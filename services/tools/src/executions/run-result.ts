/** How a run of a tool ended, in the words of tools.proto without their prefix. */
export const OUTCOMES = ['ok', 'failed', 'timed_out', 'cancelled', 'blocked', 'too_large', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface RunResult {
  outcome: Outcome;
  /** JSON text of at most 64 kB: what the tool returned, or {"error", "retryable", "httpStatus"?} for the model. */
  resultJson: string;
  /** The endpoint seems to be down, or too slow: counts for the circuit breaker. */
  endpointDown: boolean;
}

const MAX_RESULT_BYTES = 64 * 1024;

/**
 * Models ask again and again when a tool returns nothing, so emptiness is said in words.
 * @param value anything that JSON can hold
 */
export function succeeded(value: unknown): RunResult {
  const resultJson = JSON.stringify(isEmpty(value) ? describeNothing(value) : value);
  if (Buffer.byteLength(resultJson) > MAX_RESULT_BYTES) return tooLarge(MAX_RESULT_BYTES);
  return { outcome: 'ok', resultJson, endpointDown: false };
}

export interface FailureDetails {
  /** Whether the model may call the tool again and hope for better. */
  retryable: boolean;
  httpStatus?: number;
  endpointDown?: boolean;
}

export function failed(sentence: string, details: FailureDetails): RunResult {
  return unsuccessful('failed', sentence, details);
}

export function tooLarge(maxBytes: number): RunResult {
  const sentence = `The tool's answer is larger than ${Math.floor(maxBytes / 1024)} kB. Ask it for less.`;
  return unsuccessful('too_large', sentence, { retryable: false });
}

export function unsuccessful(
  outcome: Exclude<Outcome, 'ok'>,
  sentence: string,
  { retryable, httpStatus, endpointDown = false }: FailureDetails,
): RunResult {
  return { outcome, resultJson: JSON.stringify({ error: sentence, retryable, httpStatus }), endpointDown };
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function describeNothing(value: unknown): object {
  const nothing = { status: 'ok', retryable: false, message: 'the tool returned nothing' };
  return Array.isArray(value) ? { ...nothing, message: 'the tool returned an empty list', result: [] } : nothing;
}
