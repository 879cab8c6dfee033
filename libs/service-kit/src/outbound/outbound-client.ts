/**
 * The one HTTP client for what leaves the platform: tools, webhooks, MCP. See outbound-policy.ts for the rules; they hold
 * for every redirect too. Connections are kept for reuse, a bounded number of them; proxy variables are not read.
 */
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request as undiciRequest, type Dispatcher } from 'undici';
import { guardedConnector, resolveChecked } from './guarded-connector.js';
import { createHostResolver, type HostResolver } from './host-resolver.js';
import { OutboundError } from './outbound-error.js';
import { normalHost, portOf } from './allow-list.js';
import { OutboundPolicy, type OutboundPolicyOptions } from './outbound-policy.js';
import { followRedirect, isRedirect, type Hop, type OutboundMethod } from './redirects.js';
import { ACCEPTED_ENCODINGS, readBody, tooLarge } from './response-body.js';

export interface OutboundRequest {
  method: OutboundMethod;
  url: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** For everything: name, connection, redirects, the whole body. */
  timeoutMs: number;
  /** From the request's last byte to the response's headers. Default: `timeoutMs`. */
  headersTimeoutMs?: number;
  /** Limit of the body, both as it arrives and decompressed. */
  maxResponseBytes: number;
  signal?: AbortSignal | undefined;
}

export interface OutboundResponse {
  status: number;
  /** Names in lower case, repeated ones joined by a comma. */
  headers: Record<string, string>;
  /** Decompressed. */
  body: Buffer;
  /** Of the last hop. */
  url: string;
}

export interface OutboundClientOptions extends OutboundPolicyOptions {
  /** Sent unless a request brings its own. */
  userAgent: string;
  /** Default: the system's name server. */
  resolve?: HostResolver;
}

const MAX_REDIRECTS = 3;
const CONNECT_TIMEOUT_MS = 5_000;
const CONNECTIONS_PER_ORIGIN = 16;
const MAX_ORIGINS = 1_000;
const IDLE_MS = 4_000;
const MAX_IDLE_MS = 30_000;
/** Somebody waits for what he configures to be saved. */
const MAX_CHECK_MS = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;

export class OutboundClient {
  private readonly policy: OutboundPolicy;
  private readonly agent: Agent;
  private readonly resolve: HostResolver;

  constructor(private readonly options: OutboundClientOptions) {
    this.policy = new OutboundPolicy(options);
    this.resolve = options.resolve ?? createHostResolver();
    this.agent = new Agent({
      connect: guardedConnector({
        policy: this.policy,
        resolve: this.resolve,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
      }),
      allowH2: false,
      connections: CONNECTIONS_PER_ORIGIN,
      pipelining: 1,
      maxOrigins: MAX_ORIGINS,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: MAX_IDLE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
  }

  /** Any status is an answer; redirects are followed up to 3 times. @throws OutboundError when there is none */
  async request(request: OutboundRequest): Promise<OutboundResponse> {
    const timeout = AbortSignal.timeout(request.timeoutMs);
    const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout;
    try {
      return await this.follow(request, signal);
    } catch (error) {
      throw toOutboundError(error, { timeout, cancelled: request.signal, timeoutMs: request.timeoutMs });
    }
  }

  /**
   * Whether a request to `url` would be let through, for the moment in which somebody configures it. A name that can't be resolved within
   * a second passes: it may come into being, and each request is checked again.
   * @throws OutboundError `blocked`, with the sentence that a request would fail with
   */
  async checkTarget(url: URL): Promise<void> {
    this.policy.checkUrl(url);
    const host = normalHost(url);
    if (isIP(host) !== 0) return;
    const checked = resolveChecked(host, portOf(url), { policy: this.policy, resolve: this.resolve });
    const timer = new AbortController();
    const late = sleep(MAX_CHECK_MS, undefined, { signal: timer.signal, ref: false }).catch(() => undefined);
    try {
      await Promise.race([checked, late]);
    } catch (error) {
      if (error instanceof OutboundError && error.kind === 'blocked') throw error;
    } finally {
      checked.catch(() => undefined);
      timer.abort();
    }
  }

  /** Ends idle connections at once and running requests too. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private async follow(request: OutboundRequest, signal: AbortSignal): Promise<OutboundResponse> {
    let hop = this.firstHop(request);
    for (let redirects = 0; ; redirects++) {
      this.check(hop, redirects);
      const response = await this.send(hop, request, signal);
      if (!isRedirect(response.statusCode)) return await readResponse(response, hop, request.maxResponseBytes, signal);
      discard(response);
      if (redirects === MAX_REDIRECTS) {
        throw new OutboundError('failed', `The endpoint redirected more than ${MAX_REDIRECTS} times.`);
      }
      hop = followRedirect(hop, response.statusCode, single(response.headers['location']));
    }
  }

  private firstHop(request: OutboundRequest): Hop {
    const url = URL.parse(request.url);
    if (!url) throw new OutboundError('blocked', 'The URL is not valid.');
    const headers: Record<string, string> = {
      accept: '*/*',
      'user-agent': this.options.userAgent,
      ...lowerCased(request.headers ?? {}),
      'accept-encoding': ACCEPTED_ENCODINGS,
    };
    return { method: request.method, url, headers, body: request.body };
  }

  private check(hop: Hop, redirects: number): void {
    try {
      this.policy.checkUrl(hop.url);
    } catch (error) {
      throw redirects > 0 && error instanceof OutboundError ? afterRedirect(error) : error;
    }
  }

  private async send(hop: Hop, request: OutboundRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    signal.throwIfAborted();
    const sent = undiciRequest(hop.url, {
      dispatcher: this.agent,
      method: hop.method,
      headers: hop.headers,
      body: hop.body ?? null,
      headersTimeout: request.headersTimeoutMs ?? request.timeoutMs,
      bodyTimeout: request.timeoutMs,
      signal,
    });
    return await orAborted(sent, signal);
  }
}

/** undici notices an abort only once it has a connection; the caller does not wait for that. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined); // what it still says after an abort interests nobody
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function readResponse(
  response: Dispatcher.ResponseData,
  hop: Hop,
  maxBytes: number,
  signal: AbortSignal,
): Promise<OutboundResponse> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  try {
    const declared = Number(headers['content-length'] ?? 0);
    if (hop.method !== 'HEAD' && declared > maxBytes) throw tooLarge(maxBytes);
    const body = await orAborted(readBody(response.body, headers['content-encoding'], maxBytes), signal);
    return { status: response.statusCode, headers, body, url: hop.url.href };
  } catch (error) {
    discard(response);
    throw error;
  }
}

function discard(response: Dispatcher.ResponseData): void {
  response.body.on('error', () => undefined);
  response.body.destroy();
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function afterRedirect(error: OutboundError): OutboundError {
  return new OutboundError(error.kind, `A redirect was not followed. ${error.message}`, { cause: error });
}

interface Limits {
  timeout: AbortSignal;
  timeoutMs: number;
  cancelled: AbortSignal | undefined;
}

const TIMEOUT_CODES = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

function toOutboundError(error: unknown, limits: Limits): OutboundError {
  if (error instanceof OutboundError) return error;
  if (limits.timeout.aborted) {
    return new OutboundError('timed_out', `There was no complete answer within ${limits.timeoutMs} ms.`);
  }
  if (limits.cancelled?.aborted) return new OutboundError('cancelled', 'The request was cancelled.');
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string' && TIMEOUT_CODES.has(code)) {
    return new OutboundError('timed_out', 'The endpoint did not answer in time.', { cause: error });
  }
  return new OutboundError('failed', failureSentence(code), { cause: error });
}

function failureSentence(code: unknown): string {
  if (code === 'ECONNREFUSED') return 'The endpoint refused the connection.';
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return "The response's headers are too large.";
  if (typeof code === 'string' && /^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_SSL|HOSTNAME)/.test(code)) {
    return "The endpoint's certificate is not valid for a secure connection.";
  }
  return 'The connection to the endpoint failed.';
}
