/** The platform's REST API as a customer's backend uses it: a request that finds nobody is made again for a while. */
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_FOR_MS = 20_000;
const RETRY_EVERY_MS = 1_000;
const REQUEST_TIMEOUT_MS = 10_000;
const PASSING = new Set([429, 502, 503, 504]);

export class RestClient {
  constructor(
    private readonly baseUrl: string,
    private readonly headers: Record<string, string>,
  ) {}

  async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.respond(method, path, body);
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** @throws Error for a status from 400 on, and when nothing but passing trouble has come for 20 s. */
  async respond(method: string, path: string, body?: unknown): Promise<Response> {
    for (const deadline = performance.now() + RETRY_FOR_MS; ; await sleep(RETRY_EVERY_MS)) {
      const outcome = await this.attempt(method, path, body);
      if (outcome instanceof Response && outcome.ok) return outcome;
      const passing = !(outcome instanceof Response) || PASSING.has(outcome.status);
      if (passing && performance.now() < deadline) continue;
      const why = outcome instanceof Response ? `${outcome.status} ${await outcome.text()}` : outcome.message;
      throw new Error(`${method} ${path}: ${why}`);
    }
  }

  private async attempt(method: string, path: string, body: unknown): Promise<Response | Error> {
    try {
      return await fetch(`${this.baseUrl}${path}`, {
        method,
        headers: { ...this.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
    } catch (error) {
      return error as Error;
    }
  }
}
