import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EphemeralTokens } from '../access/ephemeral-tokens.js';
import { ECHO_MODEL, SIMULATED_MODEL } from '../session/session-settings.js';

const MAX_BODY_BYTES = 1024 * 1024;
const REST_PATH = /\/+(v1|v1alpha|v1beta)\/+(auth_tokens|models(?:\/[\w.-]+)?)$/;

const MODELS = [
  { name: SIMULATED_MODEL, displayName: 'Live conversation (simulated)' },
  { name: ECHO_MODEL, displayName: 'Echo for load rigs (simulated)' },
].map((model) => ({ ...model, version: 'simulated', supportedGenerationMethods: ['bidiGenerateContent'] }));

export interface RestDeps {
  tokens: EphemeralTokens;
  isValidKey(key: string): boolean;
}

/** Whether a request is for the provider's REST API, whatever prefix its path has. */
export function isRestRequest(url: string): boolean {
  return REST_PATH.test(url.split('?', 1)[0] ?? '');
}

/** Answers `POST /v1alpha/auth_tokens` and `GET /v1beta/models`; everything else is 404, in Google's error format. */
export async function answerRest(request: IncomingMessage, response: ServerResponse, deps: RestDeps): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const match = REST_PATH.exec(path);
  const key = String(request.headers['x-goog-api-key'] ?? new URLSearchParams(query).get('key') ?? '');
  if (!match) return sendError(response, 404, 'NOT_FOUND', 'Requested entity was not found.');
  if (!deps.isValidKey(key))
    return sendError(response, 400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.');
  const resource = match[2] ?? '';
  if (request.method === 'POST' && resource === 'auth_tokens' && match[1] === 'v1alpha')
    return createToken(request, response, deps.tokens);
  if (request.method === 'GET' && resource === 'models') return send(response, 200, { models: MODELS });
  const model = MODELS.find(({ name }) => name === resource);
  if (request.method === 'GET' && model) return send(response, 200, model);
  return sendError(response, 404, 'NOT_FOUND', 'Requested entity was not found.');
}

async function createToken(request: IncomingMessage, response: ServerResponse, tokens: EphemeralTokens): Promise<void> {
  let name: string;
  try {
    ({ name } = tokens.create(JSON.parse((await readBody(request)) || '{}')));
  } catch (error) {
    return sendError(
      response,
      400,
      'INVALID_ARGUMENT',
      error instanceof Error ? error.message : 'Invalid JSON payload received.',
    );
  }
  send(response, 200, { name });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_BODY_BYTES) throw new Error('Request payload size exceeds the limit.');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function sendError(response: ServerResponse, code: number, status: string, message: string): void {
  send(response, code, { error: { code, message, status } });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', 'x-simulated': 'orbisvoice' });
  response.end(`${JSON.stringify(body, null, 2)}\n`);
}
