import { createSecureContext } from 'node:tls';
import type { ProviderListener, ProviderSession, RealtimeProvider, SessionSetup } from '../provider.js';
import { GeminiConnection } from './gemini-connection.js';

export interface GeminiOptions {
  apiKey: string;
  model: string;
  /** Such as https://generativelanguage.googleapis.com. http is for simulators. */
  baseUrl: string;
  simulated: boolean;
  setupTimeoutMs: number;
  pingIntervalMs: number;
  pingTimeoutMs: number;
  unsentTimeoutMs: number;
}

const METHOD = 'ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';

export class GeminiProvider implements RealtimeProvider {
  private readonly secureContext = createSecureContext();

  constructor(private readonly options: GeminiOptions) {}

  /** Who answers, not whose protocol is spoken: it goes into records. */
  get name(): string {
    return this.simulated ? 'simulator' : 'gemini';
  }

  get defaultModel(): string {
    return this.options.model;
  }

  get simulated(): boolean {
    return this.options.simulated;
  }

  open(setup: SessionSetup, listener: ProviderListener): ProviderSession {
    const { apiKey, baseUrl, setupTimeoutMs, pingIntervalMs, pingTimeoutMs, unsentTimeoutMs } = this.options;
    const url = new URL(METHOD, baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);
    url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
    return new GeminiConnection(
      {
        url: url.href,
        apiKey,
        secureContext: this.secureContext,
        setupTimeoutMs,
        pingIntervalMs,
        pingTimeoutMs,
        unsentTimeoutMs,
      },
      setup,
      listener,
    );
  }
}
