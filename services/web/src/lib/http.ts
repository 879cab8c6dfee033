import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import { ApiError, fromAnswer, unreachable } from './problem';

export type Query = Record<string, string | number | undefined>;

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  query?: Query;
  /** Sent as JSON. */
  body?: unknown;
  /** Beside those of the body. */
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

const TIMEOUT_MS = 20_000;

/** One request to the REST API with the session's cookie. @throws ApiError, or AbortError when `signal` aborts */
export async function request<Answer>(apiUrl: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  const { method = 'GET', body, signal } = options;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${apiUrl}${path}${queryString(options.query)}`, {
      method,
      credentials: 'include',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable(apiUrl, error);
  }
  const answer = parse(text);
  if (!response.ok) throw fromAnswer(response.status, answer, response.headers.get('retry-after'));
  if (answer === undefined && text !== '') {
    throw new ApiError({ status: response.status, kind: 'not-json', message: `${apiUrl} is not an OrbisVoice API.` });
  }
  return answer as Answer;
}

function queryString(query: Query | undefined): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : parseExactJson(text);
  } catch {
    return undefined;
  }
}
