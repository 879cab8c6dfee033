/**
 * What the console learns at run time. `web` serves it as /config.json; on another static host, and under `next dev`, the
 * values of the build count (NEXT_PUBLIC_API_URL, NEXT_PUBLIC_VOICE_GATEWAY_URL), and failing those the API beside this page.
 */
export interface ConsoleConfig {
  /** Base URL of the REST API, without a slash at the end. */
  apiUrl: string;
  /** Of the socket. Counts instead of the address that comes with a call token. */
  voiceGatewayUrl?: string;
  version?: string;
}

export async function loadConfig(signal: AbortSignal): Promise<ConsoleConfig> {
  const response = await fetch('/config.json', { signal, cache: 'no-store' }).catch(() => undefined);
  const served: unknown = response?.ok ? await response.json().catch(() => undefined) : undefined;
  return toConfig(served, location.hostname);
}

/** `served` is the parsed /config.json, or anything else when there was none. */
export function toConfig(served: unknown, pageHostName: string): ConsoleConfig {
  const { apiUrl, voiceGatewayUrl, version } = (served ?? {}) as Partial<Record<keyof ConsoleConfig, unknown>>;
  const gateway = text(voiceGatewayUrl) ?? text(process.env.NEXT_PUBLIC_VOICE_GATEWAY_URL);
  return {
    apiUrl: text(apiUrl) ?? text(process.env.NEXT_PUBLIC_API_URL) ?? `http://${pageHostName}:3000`,
    ...(gateway === undefined ? {} : { voiceGatewayUrl: gateway }),
    ...(typeof version === 'string' ? { version } : {}),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.replace(/\/+$/, '') : undefined;
}
