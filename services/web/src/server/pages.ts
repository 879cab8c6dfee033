import { Injectable } from '@nestjs/common';
import type { WebConfig } from './config.js';
import { contentSecurityPolicy } from './content-security-policy.js';
import type { ExportedFile, ExportIndex } from './export-index.js';
import { connectOrigins, publicConfig, type PublicConfig } from './public-config.js';

export interface FoundPage {
  status: 200 | 404;
  /** Relative to the export folder. */
  path: string;
  headers: Record<string, string>;
}

/** Which file answers a URL, and with which headers. */
@Injectable()
export class Pages {
  constructor(
    private readonly config: WebConfig,
    private readonly index: ExportIndex,
    private readonly version: string,
  ) {}

  /** `requestHost` is the Host header. */
  configFor(requestHost: string | undefined): PublicConfig {
    return publicConfig(this.config, requestHost, this.version);
  }

  /** `url` is the request's path with its query. An unknown one gets the 404 page. */
  find(url: string, requestHost: string | undefined): FoundPage {
    const file = this.index.files.get(pathOf(url));
    if (file) return { status: 200, path: file.path, headers: this.headersOf(file, requestHost) };
    const { notFoundPage } = this.index;
    return { status: 404, path: notFoundPage.path, headers: this.headersOf(notFoundPage, requestHost) };
  }

  private headersOf(file: ExportedFile, requestHost: string | undefined): Record<string, string> {
    if (!file.scriptHashes) return { 'cache-control': file.cacheControl };
    return {
      'cache-control': file.cacheControl,
      'content-security-policy': contentSecurityPolicy(file.scriptHashes, connectOrigins(this.config, requestHost)),
    };
  }
}

function pathOf(url: string): string {
  const path = url.split('?', 1)[0] ?? '/';
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  try {
    return decodeURIComponent(trimmed);
  } catch {
    return trimmed;
  }
}
