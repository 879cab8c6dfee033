/** What the console learns at run time (`/config.json`), and the same addresses for the content security policy. */
import { isIP } from 'node:net';
import type { PublicAddress, WebConfig } from './config.js';

export interface PublicConfig {
  /** Base URL of the REST API, without a slash at the end. */
  apiUrl: string;
  /** WebSocket URL of the voice gateway. The policy lets pages connect to its origin only, whatever a call token says. */
  voiceGatewayUrl: string;
  version: string;
}

const FALLBACK_HOST = 'localhost';

/** `requestHost` is the Host header: what isn't configured is looked for beside the console. */
export function publicConfig(config: WebConfig, requestHost: string | undefined, version: string): PublicConfig {
  return {
    apiUrl: urlOf(config.api, 'http', requestHost),
    voiceGatewayUrl: streamUrl(urlOf(config.voiceGateway, 'ws', requestHost)),
    version,
  };
}

/** The gateway's URL may be configured with or without the path that its socket listens on. */
function streamUrl(base: string): string {
  const url = new URL(base);
  if (!url.pathname.endsWith('/stream')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/stream`;
  return url.href;
}

/** Origins that a page may connect to beside its own, safe to write into a header. */
export function connectOrigins(config: WebConfig, requestHost: string | undefined): string[] {
  return [urlOf(config.api, 'http', requestHost), urlOf(config.voiceGateway, 'ws', requestHost)].map((url) => {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  });
}

function urlOf(address: PublicAddress, scheme: 'http' | 'ws', requestHost: string | undefined): string {
  return address.url ?? `${scheme}://${address.host ?? hostNameOf(requestHost)}:${address.port}`;
}

/** Suffixes that nobody can register: names of this machine and of a network at home or in an office. */
const PRIVATE_NAME = /(^|\.)(localhost|local|lan|internal|home\.arpa|test)$|^[^.]+$/;

/**
 * The host name in a Host header, where it may be believed: an address, or a name of this network. A public name is a stranger's until
 * the URLs of API and gateway are configured: a page that was led here by one must not send its session there.
 */
export function hostNameOf(requestHost: string | undefined): string {
  const match = /^([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(:\d+)?$/.exec(requestHost ?? '');
  const url = match?.[1] === undefined ? null : URL.parse(`http://${match[1]}`);
  if (!url) return FALLBACK_HOST;
  const name = url.hostname;
  return isIP(name.replace(/^\[|\]$/g, '')) !== 0 || PRIVATE_NAME.test(name.replace(/\.$/, '')) ? name : FALLBACK_HOST;
}
