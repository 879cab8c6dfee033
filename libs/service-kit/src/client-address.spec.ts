import { describe, expect, it } from '@jest/globals';
import { addressOfPeer, clientAddress, clientNetwork, trustedProxies } from './client-address.js';

const trusts = trustedProxies(['10.0.0.0/8']);

describe('the address of a client', () => {
  it.each([
    ['192.0.2.1', undefined, '192.0.2.1'],
    ['2001:db8::1', undefined, '2001:db8::1'],
    ['/run/api.sock', undefined, '::'],
    [undefined, '192.0.2.9', '::'],
  ])('%s, without a proxy: %s', (remoteAddress, forwardedFor, address) => {
    expect(clientAddress(remoteAddress, forwardedFor, trusts)).toBe(address);
  });

  it('is what a trusted proxy says, and nothing that others say', () => {
    expect(clientAddress('10.1.2.3', '192.0.2.9', trusts)).toBe('192.0.2.9');
    expect(clientAddress('10.1.2.3', 'spoofed, 192.0.2.9, 10.7.7.7', trusts)).toBe('192.0.2.9');
    expect(clientAddress('198.51.100.1', '192.0.2.9', trusts)).toBe('198.51.100.1');
  });

  it('stays the proxy when that says nonsense', () => {
    expect(clientAddress('10.1.2.3', 'nonsense', trusts)).toBe('10.1.2.3');
  });

  it.each([
    ['192.0.2.1:4711', '192.0.2.1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['2001:db8::1:4711', '2001:db8::1'],
  ])('as gRPC has it, %s, is %s', (peer, address) => {
    expect(addressOfPeer(peer)).toBe(address);
  });
});

describe('what counts as one client', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['nonsense', '::'],
  ])('%s is %s', (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });
});
