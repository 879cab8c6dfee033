/** The service itself, started as in production on a free port, with fakes behind it. */
import { request as httpRequest } from 'node:http';
import { startService, type RunningService } from '@orbisvoice/service-kit/service';
import type { Environment } from '@orbisvoice/service-kit/config';
import { apiService } from '../src/service.js';
import { DocumentedAnswers } from './documented.js';
import { FakeServices } from './fake-services.js';

export const ORGANIZATION_ID = '0f5d2c6e-1b7a-4f3e-9c8d-2a4b6c8d0e1f';
export const API_KEY_ID = 'c1d2e3f4-0a1b-4c2d-8e3f-4a5b6c7d8e9f';
export const SESSION_ID = 'a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c5d';
export const CONSOLE_ORIGIN = 'https://console.example.com';
const SECRET = 'a secret that only these tests know, long enough';

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed; undefined when there was no body. */
  body: any;
}

export interface AskOptions {
  headers?: Record<string, string>;
  /** Sent as JSON unless it is text. */
  body?: unknown;
  /** Default: a valid API key. */
  as?: 'api-key' | 'session' | 'nobody';
}

export interface ApiUnderTest {
  url: string;
  service: RunningService;
  fakes: FakeServices;
  document: Record<string, any>;
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  stop(): Promise<void>;
}

const seconds = (ms: number) => ({ seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 });

/** An hour from now, as the fake accounts service says it. */
export const inAnHour = () => seconds(Date.now() + 3_600_000);

let keys = 0;

export async function startApi(environment: Environment = {}): Promise<ApiUnderTest> {
  const fakes = new FakeServices(SECRET);
  await fakes.start();
  const { address } = fakes;
  const service = await startService(apiService, {
    environment: {
      INTERNAL_AUTH_SECRET: SECRET,
      LOG_LEVEL: 'silent',
      HOST: '127.0.0.1',
      PORT: '0',
      GRPC_HOST: '127.0.0.1',
      GRPC_PORT: '0',
      ACCOUNTS_ADDRESS: address,
      AGENTS_ADDRESS: address,
      TOOLS_ADDRESS: address,
      TRANSCRIPTS_ADDRESS: address,
      CORS_ORIGINS: CONSOLE_ORIGIN,
      ...environment,
    },
  });
  const url = `http://127.0.0.1:${service.httpPort}`;
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Record<string, any>;
  const documented = new DocumentedAnswers(document);
  return {
    url,
    service,
    fakes,
    document,
    ask: async (method, path, options = {}) => {
      const answer = await send(url, method, path, options);
      const type = answer.headers.get('content-type');
      documented.check(method, new URL(url + path).pathname, answer.status, type, answer.body);
      return answer;
    },
    stop: async () => {
      await service.stop();
      fakes.stop();
    },
  };
}

/** Accepts any key that starts with "ov_live_good" and any session called "good…". */
export function acceptCredentials(fakes: FakeServices): void {
  fakes.on('accounts', {
    authenticateApiKey: () => ({ organizationId: ORGANIZATION_ID, apiKeyId: API_KEY_ID }),
    authenticateSession: () => ({ organizationId: ORGANIZATION_ID, sessionId: SESSION_ID, expiresAt: inAnHour() }),
  });
}

/** A key that this process has not seen: nothing of an earlier test is cached for it. */
export function freshKey(): string {
  keys += 1;
  return `ov_live_good${keys}`;
}

async function send(url: string, method: string, path: string, options: AskOptions): Promise<Answer> {
  const { body } = options;
  const headers: Record<string, string> = { ...credentialHeaders(options), ...options.headers };
  if (body !== undefined && headers['content-type'] === undefined) headers['content-type'] = 'application/json';
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return await new Promise((resolve, reject) => {
    const request = httpRequest(url + path, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const found = new Headers();
        for (const [name, value] of Object.entries(response.headers)) {
          for (const item of [value ?? []].flat()) found.append(name, item);
        }
        const received = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: found, body: parse(received, found) });
        request.destroy();
      });
    });
    // A refusal may come before all of a large body is sent; the answer counts then, not the failed write.
    request.on('error', (error) => setTimeout(() => reject(error), 200));
    request.end(text);
  });
}

function credentialHeaders({ as = 'api-key', headers = {} }: AskOptions): Record<string, string> {
  const given = ['x-api-key', 'authorization', 'cookie'].some((name) => headers[name] !== undefined);
  if (given || as === 'nobody') return {};
  if (as === 'api-key') return { 'x-api-key': 'ov_live_good' };
  return { cookie: 'theme=dark; ov_session=good' };
}

function parse(text: string, headers: Headers): unknown {
  if (text === '') return undefined;
  return headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
}
