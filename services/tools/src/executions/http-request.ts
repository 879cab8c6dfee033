/** From a tool and a model's arguments to the request that goes out. */
import type { OutboundRequest } from '@orbisvoice/service-kit/outbound/outbound-client';
import type { JsonObject } from '../arguments/json-text.js';
import type { HttpToolMethod } from '../tools/tool.entity.js';
import { expandUrl, fixedNames, placeholdersOf } from '../tools/url-template.js';

export interface HttpToolCall {
  method: HttpToolMethod;
  urlTemplate: string;
  headers: Record<string, string>;
  args: JsonObject;
  idempotencyKey: string;
}

/** Arguments that the path takes are left out of query and body, and so are those whose names the author's own query has. */
export function toHttpRequest(call: HttpToolCall): Pick<OutboundRequest, 'method' | 'url' | 'headers' | 'body'> {
  const { method, urlTemplate, args } = call;
  const url = expandUrl(urlTemplate, args);
  const inPath = new Set(placeholdersOf(urlTemplate));
  const fixed = fixedNames(urlTemplate);
  const rest = Object.entries(args).filter(([name]) => !inPath.has(name) && !fixed.has(name));
  const headers: Record<string, string> = { accept: 'application/json, text/plain;q=0.9', ...lowerCased(call.headers) };
  headers['idempotency-key'] = call.idempotencyKey;
  if (method === 'GET' || method === 'DELETE') {
    for (const [name, value] of rest) appendToQuery(url.searchParams, name, value);
    return { method, url: url.href, headers };
  }
  headers['content-type'] ??= 'application/json';
  return { method, url: url.href, headers, body: JSON.stringify(Object.fromEntries(rest)) };
}

/** A list repeats its name, null is left out, an object goes as JSON. */
function appendToQuery(query: URLSearchParams, name: string, value: unknown): void {
  for (const item of Array.isArray(value) ? value : [value]) {
    if (item === null) continue;
    query.append(name, typeof item === 'string' ? item : JSON.stringify(item));
  }
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
