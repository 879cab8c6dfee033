/** OUTBOUND_ALLOW: what the operator opens although the rules refuse it. Never a tenant's setting. */
import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

export type OutboundAllowance =
  /** Addresses in this network may be reached, whatever name leads to them, on the usual ports. */
  | { kind: 'network'; network: [ipaddr.IPv4 | ipaddr.IPv6, number] }
  /** This host may lead to any address but a metadata service's. With a port, on that port alone. */
  | { kind: 'host'; host: string; port?: number };

/**
 * Comma-separated `host:port`, `host`, IP address or CIDR; IPv6 with a port as `[::1]:8080`. `http://host:port` means `host:port`.
 * @throws Error with a sentence that names the entry
 */
export function parseAllowList(text: string): OutboundAllowance[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return entries.flatMap(parseEntry);
}

function parseEntry(entry: string): OutboundAllowance[] {
  const origin = originOf(entry);
  if (origin) return [origin];
  if (entry.includes('/')) {
    if (!ipaddr.isValidCIDR(entry))
      throw new Error(`"${entry}" is not host:port, a host, an IP address or a CIDR such as 10.1.0.0/16`);
    return [{ kind: 'network', network: ipaddr.parseCIDR(entry) }];
  }
  if (isIP(entry) !== 0) {
    const address = ipaddr.parse(entry);
    return [{ kind: 'network', network: [address, address.kind() === 'ipv4' ? 32 : 128] }];
  }
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^\s:@?#\\[\]]+)(?::(\d{1,5}))?$/i.exec(entry) ?? [];
  const url = host === undefined ? null : URL.parse(`http://${host}/`);
  if (!url) throw new Error(`"${entry}" is not host:port, a host, an IP address or a CIDR`);
  if (port === undefined) return [{ kind: 'host', host: normalHost(url) }];
  if (Number(port) < 1 || Number(port) > 65_535) throw new Error(`"${entry}" has a port that does not exist`);
  return [{ kind: 'host', host: normalHost(url), port: Number(port) }];
}

/** What somebody copied from a browser: opens the host on that port alone. */
function originOf(entry: string): OutboundAllowance | undefined {
  const url = /^https?:\/\/[^/?#@\s]+\/?$/i.test(entry) ? URL.parse(entry) : null;
  return url ? { kind: 'host', host: normalHost(url), port: portOf(url) } : undefined;
}

export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** The host of a parsed URL in the one form that entries are compared in: lower case, no brackets, no final dot. */
export function normalHost(url: URL): string {
  return normalName(url.hostname);
}

export function normalName(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}
