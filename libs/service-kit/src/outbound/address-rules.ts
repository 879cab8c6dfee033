/** Which IP addresses are ordinary, public ones. Everything that is not known to be public counts as special. */
import ipaddr from 'ipaddr.js';

/** `metadata`: hands out a cloud machine's own credentials, so even a host name that the operator opened may not lead there. */
export type AddressClass = 'public' | 'special' | 'metadata';

/** Most lie in special ranges anyway; 168.63.129.16 (Azure) does not. */
const METADATA_ADDRESSES = new Set([
  '169.254.169.254', // AWS, Google Cloud, Azure, DigitalOcean, OpenStack
  '169.254.169.253', // AWS name server
  '169.254.169.123', // AWS time server
  '169.254.170.2', // AWS ECS credentials
  '169.254.170.23', // AWS EKS pod identity
  '168.63.129.16', // Azure platform services
  '100.100.100.200', // Alibaba Cloud
  '192.0.0.192', // Oracle Cloud
  'fd00:ec2::254', // AWS over IPv6
  'fd00:ec2::23', // AWS EKS pod identity over IPv6
  'fd20:ce::254', // Google Cloud over IPv6
]);

/** 2000::/3 is all that IANA gives out as global unicast. */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];
/** Documentation, RFC 9637: newer than some tables. */
const DOCUMENTATION_3FFF: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('3fff::'), 20];

/** `address` as a resolver or a socket gives it. What can't be parsed, or has a zone, is special. */
export function classifyAddress(address: string): AddressClass {
  if (address.includes('%') || !ipaddr.isValid(address)) return 'special';
  const parsed = ipaddr.parse(address);
  if (METADATA_ADDRESSES.has(embeddedIPv4(parsed) ?? parsed.toString())) return 'metadata';
  if (parsed instanceof ipaddr.IPv4) return parsed.range() === 'unicast' ? 'public' : 'special';
  return isPublicIPv6(parsed as ipaddr.IPv6) ? 'public' : 'special';
}

/** ::ffff:1.2.3.4 counts as what it means when metadata addresses are looked for. */
function embeddedIPv4(address: ipaddr.IPv4 | ipaddr.IPv6): string | undefined {
  if (!(address instanceof ipaddr.IPv6) || !address.isIPv4MappedAddress()) return undefined;
  return address.toIPv4Address().toString();
}

function isPublicIPv6(address: ipaddr.IPv6): boolean {
  if (!address.match(GLOBAL_UNICAST) || address.match(DOCUMENTATION_3FFF)) return false;
  // 6to4, Teredo and the like carry an IPv4 address and have ranges of their own; ISATAP hides it in the lower half.
  const [high, low] = [address.parts[4], address.parts[5]];
  const isatap = (high === 0 || high === 0x200) && low === 0x5efe;
  return address.range() === 'unicast' && !isatap;
}
