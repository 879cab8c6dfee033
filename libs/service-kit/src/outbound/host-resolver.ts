/** From a host name to its addresses. */
import { lookup, Resolver } from 'node:dns/promises';

/** All addresses of a name, at least one. `local`: the operator opened the name, so the machine's own names count too. */
export type HostResolver = (hostname: string, options: { local: boolean }) => Promise<string[]>;

const TIMEOUT_MS = 2_000;
const TRIES = 2;

/**
 * Names that tenants choose are asked of the name server directly: getaddrinfo runs on the few threads that files and
 * cryptography need too, so that one silent name server would hold up everybody. Names that the operator opened may come
 * from the hosts file or a search domain, which only getaddrinfo knows.
 */
export function createHostResolver(): HostResolver {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  return async (hostname, { local }) => {
    if (local) return (await lookup(hostname, { all: true })).map(({ address }) => address);
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = [v4, v6].flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    if (addresses.length === 0) throw v4.status === 'rejected' ? v4.reason : new Error('no address');
    return addresses;
  };
}
