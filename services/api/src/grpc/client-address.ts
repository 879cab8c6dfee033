import { isIP } from 'node:net';
import proxyAddress from '@fastify/proxy-addr';

/** Where a call comes from, past the proxies that are trusted. `peer`: "192.0.2.1:4711" or "[2001:db8::1]:4711", as gRPC has it. */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  trusts: (address: string, hop: number) => boolean,
): string {
  const remoteAddress = peer.slice(0, Math.max(peer.lastIndexOf(':'), 0)).replace(/^\[(.*)\]$/, '$1');
  // Not TCP, such as a Unix socket: one address for all.
  if (isIP(remoteAddress) === 0) return '::';
  const request = { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwardedFor } };
  const address = proxyAddress(request as never, trusts);
  return isIP(address) === 0 ? remoteAddress : address;
}
