/** From an endpoint's answer, or the lack of one, to what the model is told. */
import { OutboundError } from '@orbisvoice/service-kit/outbound/outbound-error';
import type { OutboundResponse } from '@orbisvoice/service-kit/outbound/outbound-client';
import { jsonDepth } from '../arguments/json-text.js';
import type { HttpToolMethod } from '../tools/tool.entity.js';
import { failed, succeeded, tooLarge, unsuccessful, type RunResult } from './run-result.js';

const MAX_DEPTH = 64;
/** The endpoint itself says that trying again may help. */
const RETRYABLE_STATUSES = new Set([408, 425, 429, 502, 503, 504]);

export function fromResponse(response: OutboundResponse, method: HttpToolMethod): RunResult {
  const { status } = response;
  if (status < 200 || status > 299) {
    return failed(`The endpoint answered with status ${status}.`, {
      retryable: RETRYABLE_STATUSES.has(status) || (status >= 500 && isRepeatable(method)),
      httpStatus: status,
      endpointDown: status >= 500 || status === 429,
    });
  }
  if (response.body.length === 0) return succeeded(null);
  const [mediaType = '', ...parameters] = (response.headers['content-type'] ?? '').toLowerCase().split(';');
  const type = mediaType.trim();
  if (type === 'application/json' || type === 'text/json' || /^application\/[\w.-]+\+json$/.test(type)) {
    return fromJson(response.body);
  }
  if (type === 'text/plain') return fromText(response.body, parameters);
  if (type === '' && parseJson(decode(response.body, 'utf-8'))) return fromJson(response.body);
  const named = /^[\w.+-]+\/[\w.+-]{1,60}$/.test(type) ? type : 'content of no stated type';
  return failed(`The endpoint answered with ${named}, not with JSON or plain text.`, {
    retryable: false,
    httpStatus: status,
  });
}

export function fromFailure(
  error: OutboundError,
  run: { method: HttpToolMethod; timeoutMs: number; maxResponseBytes: number },
): RunResult {
  const repeatable = isRepeatable(run.method);
  switch (error.kind) {
    case 'blocked':
      return unsuccessful('blocked', `The tool's address may not be called. ${error.message}`, { retryable: false });
    case 'too_large':
      return tooLarge(run.maxResponseBytes);
    case 'cancelled':
      return unsuccessful('cancelled', `The tool was cancelled.${unlessRepeatable(repeatable)}`, {
        retryable: repeatable,
      });
    case 'timed_out':
      return unsuccessful(
        'timed_out',
        `The tool did not answer within ${run.timeoutMs} ms.${unlessRepeatable(repeatable)}`,
        { retryable: repeatable, endpointDown: true },
      );
    case 'failed':
      return failed(error.message, { retryable: repeatable, endpointDown: true });
  }
}

/** Calling twice has the effect of calling once (RFC 9110, 9.2.2). */
function isRepeatable(method: HttpToolMethod): boolean {
  return method === 'GET' || method === 'PUT' || method === 'DELETE';
}

function unlessRepeatable(repeatable: boolean): string {
  return repeatable ? '' : ' It may have taken effect all the same.';
}

function fromJson(body: Buffer): RunResult {
  const parsed = parseJson(decode(body, 'utf-8'));
  if (parsed) return succeeded(parsed.value);
  return failed('The endpoint answered with JSON that is not valid.', { retryable: false });
}

function parseJson(text: string): { value: unknown } | undefined {
  if (text.trim() === '') return { value: null };
  if (jsonDepth(text) > MAX_DEPTH) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function fromText(body: Buffer, parameters: string[]): RunResult {
  const charset = parameters.map((parameter) => /^\s*charset="?([\w-]+)"?\s*$/.exec(parameter)?.[1]).find(Boolean);
  const text = decode(body, charset ?? 'utf-8').trim();
  return succeeded(text === '' ? null : { text });
}

function decode(body: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return new TextDecoder().decode(body);
  }
}
