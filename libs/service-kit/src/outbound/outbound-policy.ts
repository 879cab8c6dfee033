/** The rules of what may leave the platform, apart from how it is sent. */
import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';
import { classifyAddress } from './address-rules.js';
import { normalHost, normalName, portOf, type OutboundAllowance } from './allow-list.js';
import { OutboundError } from './outbound-error.js';

export interface OutboundPolicyOptions {
  allow: OutboundAllowance[];
  /** Ports that any public host may be reached on. */
  ports: number[];
}

export const PRIVATE_ADDRESS =
  'The host leads to a private or reserved address, which outbound requests may not reach. ' +
  'The operator of the platform can open it with the setting OUTBOUND_ALLOW (host:port, host, IP address or CIDR).';

export class OutboundPolicy {
  constructor(private readonly options: OutboundPolicyOptions) {}

  /**
   * What can be said without a name server: scheme, credentials, port, and a host that is an address itself (URL parsing
   * has turned every notation of one, such as 0x7f.1 or 2130706433, into the usual form).
   * @throws OutboundError `blocked`
   */
  checkUrl(url: URL): void {
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw blocked('Only http and https URLs may be requested.');
    if (url.username !== '' || url.password !== '') throw blocked('A URL must not carry a user name or a password.');
    const host = normalHost(url);
    const port = portOf(url);
    if (!this.options.ports.includes(port) && !this.opens(host, port, { byPort: true })) {
      throw blocked(
        `Port ${port} is not one that outbound requests may use. The operator of the platform can open it with the setting ` +
          'OUTBOUND_PORTS, or for this host alone as host:port in OUTBOUND_ALLOW.',
      );
    }
    if (isIP(host) !== 0) this.checkAddress(host, port, host);
    else if (isLocalName(host) && !this.opensHost(host, port)) throw blocked(PRIVATE_ADDRESS);
  }

  /** @throws OutboundError `blocked` unless `address`, which `host` resolved to, may be connected to */
  checkAddress(host: string, port: number, address: string): void {
    const verdict = classifyAddress(address);
    if (verdict === 'public' || this.opensNetworkOf(address)) return;
    const named = isIP(normalName(host)) === 0;
    if (this.opensHost(host, port) && !(named && verdict === 'metadata')) return;
    throw blocked(PRIVATE_ADDRESS);
  }

  /** True when the operator opened this host, by name or as a literal address. */
  opensHost(host: string, port: number): boolean {
    return this.opens(normalName(host), port, { byPort: false });
  }

  private opens(host: string, port: number, { byPort }: { byPort: boolean }): boolean {
    return this.options.allow.some(
      (entry) =>
        entry.kind === 'host' && entry.host === host && (entry.port === port || (entry.port === undefined && !byPort)),
    );
  }

  private opensNetworkOf(address: string): boolean {
    if (address.includes('%') || !ipaddr.isValid(address)) return false;
    const parsed = ipaddr.parse(address);
    return this.options.allow.some(
      (entry) =>
        entry.kind === 'network' && entry.network[0].kind() === parsed.kind() && parsed.match(entry.network as never),
    );
  }
}

/** RFC 6761: these names never leave the machine. */
function isLocalName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}

function blocked(sentence: string): OutboundError {
  return new OutboundError('blocked', sentence);
}
