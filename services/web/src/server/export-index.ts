/** The exported pages and assets, listed once at start: a request can only ever name a file of this list. */
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { ConfigError } from '@orbisvoice/service-kit/config';

export interface ExportedFile {
  /** Relative to the export folder. */
  path: string;
  cacheControl: string;
  /** Hashes of the inline scripts, of a page. */
  scriptHashes?: string[];
}

export interface ExportIndex {
  /** By URL path, such as "/", "/talk", "/_next/static/…". */
  files: Map<string, ExportedFile>;
  notFoundPage: ExportedFile;
}

/** Names carry a content hash. */
const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Fixed names that pages of other sites load: the worklets of the voice client. */
const EMBEDDABLE = 'public, max-age=14400';
/** May be kept, must be asked for every time. */
const REVALIDATED = 'no-cache';

/** @throws ConfigError that says what to do when the folder holds no export */
export function readExportIndex(folder: string): ExportIndex {
  const hashesFile = join(folder, 'csp.json');
  if (!existsSync(hashesFile)) {
    throw noExport(`${folder} holds no exported console`);
  }
  const hashes = JSON.parse(readFileSync(hashesFile, 'utf8')) as Record<string, string[]>;
  const files = new Map<string, ExportedFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (path === 'csp.json' || path.endsWith('.br') || path.endsWith('.gz')) continue;
    const file = { path, cacheControl: cacheControlOf(path), ...(hashes[path] ? { scriptHashes: hashes[path] } : {}) };
    for (const url of urlsOf(path)) files.set(url, file);
  }
  const notFoundPage = files.get('/404');
  if (!notFoundPage) throw noExport(`${folder} has no 404.html`);
  return { files, notFoundPage };
}

function noExport(problem: string): ConfigError {
  return new ConfigError([`${problem}: build it with \`npm run build\`, or set WEB_EXPORT_FOLDER.`]);
}

function cacheControlOf(path: string): string {
  if (path.startsWith('_next/static/')) return IMMUTABLE;
  if (path.startsWith('voice/') || path.startsWith('widget/')) return EMBEDDABLE;
  return REVALIDATED;
}

/** talk.html answers /talk and /talk.html, index.html answers / and /index.html. */
function urlsOf(path: string): string[] {
  if (path === 'index.html') return ['/', '/index.html'];
  return path.endsWith('.html') ? [`/${path.slice(0, -'.html'.length)}`, `/${path}`] : [`/${path}`];
}
