import { compile } from '@fastify/proxy-addr';
import { describe, expect, it } from '@jest/globals';
import { clientAddress } from './client-address.js';

const trusted = compile(['10.0.0.0/8']);

describe('the address of a gRPC client', () => {
  it.each([
    ['192.0.2.1:4711', undefined, '192.0.2.1'],
    ['[2001:db8::1]:4711', undefined, '2001:db8::1'],
    ['2001:db8::1:4711', undefined, '2001:db8::1'],
    ['unix:/run/api.sock', undefined, '::'],
  ])('%s, without a proxy: %s', (peer, forwardedFor, address) => {
    expect(clientAddress(peer, forwardedFor, trusted)).toBe(address);
  });

  it('is what a trusted proxy says, and nothing that others say', () => {
    expect(clientAddress('10.1.2.3:80', '192.0.2.9', trusted)).toBe('192.0.2.9');
    expect(clientAddress('10.1.2.3:80', 'spoofed, 192.0.2.9, 10.7.7.7', trusted)).toBe('192.0.2.9');
    expect(clientAddress('198.51.100.1:80', '192.0.2.9', trusted)).toBe('198.51.100.1');
  });

  it('stays the proxy when that says nonsense', () => {
    expect(clientAddress('10.1.2.3:80', 'nonsense', trusted)).toBe('10.1.2.3');
  });
});
