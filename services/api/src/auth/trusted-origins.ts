/** Defence against requests that another site's page makes in a signed-in person's name. */
import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { API_CONFIG } from '../api-config.token.js';
import type { ApiConfig } from '../config.js';
import { hasApiKey } from './credential.js';
import { readSessionCookie } from './session-cookie.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

interface BrowserRequest {
  method: string;
  headers: {
    origin?: string | undefined;
    cookie?: string | undefined;
    authorization?: string | undefined;
    'x-api-key'?: string | string[] | undefined;
  };
}

@Injectable()
export class TrustedOrigins {
  private readonly origins: ReadonlySet<string>;

  constructor(@Inject(API_CONFIG) config: Pick<ApiConfig, 'allowedOrigins'>) {
    this.origins = new Set(config.allowedOrigins);
  }

  /**
   * A request that changes something, made by cookie, must name an allowed origin: browsers always send one then. One
   * that carries neither cookie nor key (a sign-in) must not name a foreign one.
   * @throws DomainError `permission_denied`
   */
  check(request: BrowserRequest): void {
    const { method, headers } = request;
    if (SAFE_METHODS.has(method) || hasApiKey(headers)) return;
    if (headers.origin === undefined && readSessionCookie(headers.cookie) === undefined) return;
    if (headers.origin !== undefined && this.origins.has(headers.origin)) return;
    throw new DomainError('permission_denied', 'A session may not be used from this origin.', {
      violations: [{ field: 'Origin', message: 'must be one of the allowed origins' }],
    });
  }
}
