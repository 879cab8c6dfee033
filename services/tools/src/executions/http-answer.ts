/**
 * From an endpoint's answer, or the lack of one, to what the model is told. Its sentences are fit to be spoken and say what to do;
 * what a developer wants to know is `detail`, which stays in the record.
 */
import { OutboundError } from '@orbisvoice/service-kit/outbound/outbound-error';
import type { OutboundResponse } from '@orbisvoice/service-kit/outbound/outbound-client';
import type { HttpToolMethod } from '../tools/tool.entity.js';
import { readContent, type EndpointContent } from './endpoint-content.js';
import { failed, succeeded, tooLarge, unsuccessful, type RunResult } from './run-result.js';

/** The endpoint itself says that trying again may help. */
const RETRYABLE_STATUSES = new Set([408, 425, 429, 502, 503, 504]);
const MAX_SAID_BYTES = 4 * 1024;
const MAX_PAGE_CHARACTERS = 600;

export function fromResponse(response: OutboundResponse, method: HttpToolMethod): RunResult {
  const { status, body, headers } = response;
  const contentType = headers['content-type'] ?? '';
  const content = readContent(body, contentType);
  if (status < 200 || status > 299) return fromRefusal(response, content, method);
  switch (content.kind) {
    case 'nothing':
      return succeeded(null);
    case 'json':
      return succeeded(content.value);
    case 'text':
      return succeeded({ text: content.text });
    default:
      return failed(UNUSABLE[content.kind], {
        retryable: false,
        httpStatus: status,
        said: whatItSaid(content),
        detail: `${describe(response)}: ${content.kind === 'broken_json' ? content.why : WHAT[content.kind]}`,
      });
  }
}

const UNUSABLE = {
  page: 'The service sent a web page instead of an answer. Tell the caller that this can not be looked up at the moment.',
  broken_json:
    'The service sent an answer that can not be read. Tell the caller that this does not work at the moment.',
  binary: 'The service sent a file that can not be read aloud. Tell the caller that this does not work here.',
};
const WHAT = { page: 'a web page, not data', binary: 'not text' };

function fromRefusal(response: OutboundResponse, content: EndpointContent, method: HttpToolMethod): RunResult {
  const { status } = response;
  const retryable = RETRYABLE_STATUSES.has(status) || (status >= 500 && isRepeatable(method));
  const said = whatItSaid(content);
  const uncertain = status >= 500 && !isRepeatable(method);
  return failed(`${refusal(status)} ${advice({ status, retryable, uncertain, said: said !== undefined })}`, {
    retryable,
    httpStatus: status,
    said,
    detail: describe(response),
    endpointDown: status >= 500 || status === 429,
  });
}

function refusal(status: number): string {
  if (status === 401 || status === 403) return 'The service did not allow this request.';
  if (status === 404 || status === 410) return 'The service did not find what was asked for.';
  if (status === 408 || status === 425 || status === 429) return 'The service is too busy for this request.';
  if (status >= 500) return 'The service has a problem of its own.';
  return status >= 400 ? 'The service refused this request.' : 'The service has no answer to this request.';
}

function advice(answer: { status: number; retryable: boolean; uncertain: boolean; said: boolean }): string {
  const reason = answer.said ? 'It said why: use what helps the caller. ' : '';
  const effect = answer.uncertain ? 'It may have taken effect all the same. ' : '';
  if (answer.retryable)
    return `${reason}${effect}Try once more, or tell the caller that it does not work at the moment.`;
  if (answer.uncertain) return `${reason}${effect}Do not repeat it unasked.`;
  return `${reason}Do not repeat it unchanged; tell the caller if nothing else can be done.`;
}

/** Bounded: JSON that is longer is cut as text. */
function whatItSaid(content: EndpointContent): unknown {
  if (content.kind === 'page') return content.text.slice(0, MAX_PAGE_CHARACTERS).toWellFormed() || undefined;
  if (content.kind === 'text') return cut(content.text);
  if (content.kind !== 'json' || isEmpty(content.value)) return undefined;
  const json = JSON.stringify(content.value);
  return Buffer.byteLength(json) <= MAX_SAID_BYTES ? content.value : cut(json);
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
}

function cut(text: string): string {
  if (Buffer.byteLength(text) <= MAX_SAID_BYTES) return text;
  const start = Buffer.from(text.slice(0, MAX_SAID_BYTES)).subarray(0, MAX_SAID_BYTES);
  return `${start.toString().replace(/\ufffd+$/, '')} …`;
}

/** "HTTP 409, application/json, 52 bytes". */
function describe({ status, headers, body }: OutboundResponse): string {
  const type = (headers['content-type'] ?? '').replaceAll(/[^\x20-\x7e]/g, '').slice(0, 80);
  return `HTTP ${status}, ${type || 'no content-type'}, ${body.length} bytes`;
}

export function fromFailure(
  error: OutboundError,
  run: { method: HttpToolMethod; timeoutMs: number; maxResponseBytes: number },
): RunResult {
  const repeatable = isRepeatable(run.method);
  const detail = error.message;
  switch (error.kind) {
    case 'blocked':
      return unsuccessful(
        'blocked',
        'This tool is not allowed to reach its service. Tell the caller that it does not work.',
        {
          retryable: false,
          detail,
        },
      );
    case 'too_large':
      return tooLarge(run.maxResponseBytes);
    case 'cancelled':
      return unsuccessful('cancelled', `The tool was cancelled.${unlessRepeatable(repeatable)}`, {
        retryable: repeatable,
      });
    case 'timed_out':
      return unsuccessful('timed_out', `The service did not answer in time.${unlessRepeatable(repeatable)}`, {
        retryable: repeatable,
        endpointDown: true,
        detail: `No complete answer within ${run.timeoutMs} ms.`,
      });
    case 'failed':
      return failed(`The service could not be reached.${unlessRepeatable(repeatable)}`, {
        retryable: repeatable,
        endpointDown: true,
        detail,
      });
  }
}

/** Calling twice has the effect of calling once (RFC 9110, 9.2.2). */
function isRepeatable(method: HttpToolMethod): boolean {
  return method === 'GET' || method === 'PUT' || method === 'DELETE';
}

function unlessRepeatable(repeatable: boolean): string {
  if (repeatable) return ' Try once more, or tell the caller that it does not work at the moment.';
  return ' It may have taken effect all the same. Do not repeat it unasked.';
}
