/** Where a client is, past the proxies that are trusted: what limits by address count by. */
import { isIP } from 'node:net';
import { compile } from '@fastify/proxy-addr';
import proxyAddress from '@fastify/proxy-addr';
import ipaddr from 'ipaddr.js';

/** What no address is known of counts as one client. */
const UNKNOWN = '::';
/** Whoever has one address of IPv6 has 2^64 of them. */
const IPV6_PREFIX_PARTS = 4;

/** Tells which addresses are proxies whose X-Forwarded-For is believed. */
export type TrustsProxy = (address: string, hop: number) => boolean;

/** `ranges`: addresses or CIDRs. */
export function trustedProxies(ranges: string[]): TrustsProxy {
  return compile(ranges);
}

/** `remoteAddress`: the other end of the connection; undefined once that is gone, or where it is not TCP. */
export function clientAddress(
  remoteAddress: string | undefined,
  forwardedFor: string | undefined,
  trusts: TrustsProxy,
): string {
  if (remoteAddress === undefined || isIP(remoteAddress) === 0) return UNKNOWN;
  const request = { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwardedFor } };
  const address = proxyAddress(request as never, trusts);
  return isIP(address) === 0 ? remoteAddress : address;
}

/** `peer`: "192.0.2.1:4711" or "[2001:db8::1]:4711", as gRPC has it. */
export function addressOfPeer(peer: string): string {
  return peer.slice(0, Math.max(peer.lastIndexOf(':'), 0)).replace(/^\[(.*)\]$/, '$1');
}

/** What counts as one client: an address of IPv4, a /64 of IPv6. */
export function clientNetwork(address: string): string {
  if (isIP(address) === 0) return UNKNOWN;
  const parsed = ipaddr.process(address); // IPv4 in IPv6 is IPv4
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const prefix = parsed.parts.slice(0, IPV6_PREFIX_PARTS).map((part) => part.toString(16));
  return `${prefix.join(':')}::/64`;
}
