/**
 * The only way a socket is opened. A name is resolved once, every address it has is checked, and the connection goes to
 * exactly those addresses: between check and connect nothing is asked again, so a name server can't change its answer.
 */
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { HostResolver } from './host-resolver.js';
import { OutboundError } from './outbound-error.js';
import { PRIVATE_ADDRESS, type OutboundPolicy } from './outbound-policy.js';

export interface GuardedConnectorOptions {
  policy: OutboundPolicy;
  resolve: HostResolver;
  connectTimeoutMs: number;
}

const MAX_ADDRESSES = 64;

export function guardedConnector(options: GuardedConnectorOptions): buildConnector.connector {
  // One per port, since an opening may be for one port. The policy keeps the number of ports small.
  const byPort = new Map<number, buildConnector.connector>();
  return (target, callback) => {
    const port = target.port === '' ? (target.protocol === 'https:' ? 443 : 80) : Number(target.port);
    try {
      // No lookup happens for a literal address, so it is checked here.
      if (isIP(target.hostname) !== 0) options.policy.checkAddress(target.hostname, port, target.hostname);
    } catch (error) {
      callback(error as Error, null);
      return;
    }
    let connect = byPort.get(port);
    if (!connect) byPort.set(port, (connect = connectorFor(port, options)));
    connect(target, callback);
  };
}

function connectorFor(port: number, options: GuardedConnectorOptions): buildConnector.connector {
  return buildConnector({
    allowH2: false,
    timeout: options.connectTimeoutMs,
    lookup: guardedLookup(port, options),
  } as buildConnector.BuildOptions);
}

function guardedLookup(port: number, options: GuardedConnectorOptions): LookupFunction {
  return (hostname, lookupOptions, callback) => {
    resolveChecked(hostname, port, options).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        if (lookupOptions.all) callback(null, found);
        else callback(null, found[0]!.address, found[0]!.family);
      },
      (error: Error) => callback(error, ''),
    );
  };
}

/**
 * One address that may not be reached refuses the name as a whole.
 * @throws OutboundError `blocked`, or `failed` when the name has no address
 */
export async function resolveChecked(
  hostname: string,
  port: number,
  { policy, resolve }: Pick<GuardedConnectorOptions, 'policy' | 'resolve'>,
): Promise<string[]> {
  let addresses: string[];
  try {
    addresses = await resolve(hostname, { local: policy.opensHost(hostname, port) });
  } catch (cause) {
    throw new OutboundError('failed', "The host's name can't be resolved.", { cause });
  }
  if (addresses.length === 0 || addresses.some((address) => isIP(address) === 0)) {
    throw new OutboundError('blocked', PRIVATE_ADDRESS);
  }
  for (const address of addresses) policy.checkAddress(hostname, port, address);
  return addresses.slice(0, MAX_ADDRESSES);
}
