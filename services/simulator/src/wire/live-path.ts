export interface LiveRequest {
  /** Such as v1beta. */
  version: string;
  credential: { kind: 'key' | 'token'; value: string };
}

const LIVE_METHOD =
  /\/+ws\/+google\.ai\.generativelanguage\.(v1|v1alpha|v1beta)\.GenerativeService\.BidiGenerateContent(Constrained)?$/;

/**
 * Reads the address of a Live connection. The SDK writes two slashes before `ws` when its base URL has no path, and any
 * prefix when it has one; both are right. Undefined for any other address.
 */
export function parseLiveRequest(
  url: string,
  headers: Record<string, string | string[] | undefined> = {},
): LiveRequest | undefined {
  const [path = '', query = ''] = url.split('?', 2);
  const match = LIVE_METHOD.exec(path);
  if (!match) return undefined;
  const parameters = new URLSearchParams(query);
  const version = match[1] as string;
  const bearer = /^(?:Token|Bearer)\s+(\S+)$/i.exec(String(headers['authorization'] ?? ''))?.[1];
  if (match[2]) {
    return { version, credential: { kind: 'token', value: parameters.get('access_token') ?? bearer ?? '' } };
  }
  return {
    version,
    credential: { kind: 'key', value: parameters.get('key') || String(headers['x-goog-api-key'] ?? '') },
  };
}
