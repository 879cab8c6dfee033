import { describe, expect, it } from '@jest/globals';
import { ConfigError, defineConfig } from '../config.js';
import { z } from 'zod';
import { allowListText, DEFAULT_OUTBOUND_PORTS, outboundConfig, outboundVariables } from './outbound-config.js';

const config = defineConfig('TOOLS', outboundVariables, outboundConfig);

function problemsOf(environment: Record<string, string>): string[] {
  try {
    config.load(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('configuration of the outbound guard', () => {
  it('opens nothing by default', () => {
    expect(config.load({})).toEqual({ allow: [], ports: DEFAULT_OUTBOUND_PORTS });
  });

  it('takes lists with spaces', () => {
    const { allow, ports } = config.load({
      TOOLS_OUTBOUND_ALLOW: 'a.example:81, 10.0.0.0/8 ,',
      OUTBOUND_PORTS: '443, 9000',
    });
    expect(allow).toEqual([
      { kind: 'host', host: 'a.example', port: 81 },
      expect.objectContaining({ kind: 'network' }),
    ]);
    expect(ports).toEqual([443, 9_000]);
  });

  it('takes an address as it is copied from a browser, for that port alone', () => {
    expect(
      config.load({ OUTBOUND_ALLOW: 'http://localhost:9000/,https://CRM.internal,http://[::1]:81' }).allow,
    ).toEqual([
      { kind: 'host', host: 'localhost', port: 9_000 },
      { kind: 'host', host: 'crm.internal', port: 443 },
      { kind: 'host', host: '::1', port: 81 },
    ]);
    expect(problemsOf({ OUTBOUND_ALLOW: 'http://a.example/path' })[0]).toContain('host:port');
    expect(problemsOf({ OUTBOUND_ALLOW: 'http://me@a.example' })[0]).toContain('host:port');
  });

  it('is checked where another process hands it on', () => {
    const text = z.object({ OUTBOUND_ALLOW: allowListText });
    expect(text.parse({ OUTBOUND_ALLOW: 'localhost:9000' })).toEqual({ OUTBOUND_ALLOW: 'localhost:9000' });
    expect(text.safeParse({ OUTBOUND_ALLOW: '10.0.0.0/99' }).error?.issues[0]?.message).toContain('10.0.0.0/99');
  });

  it('names the variable and the entry that is wrong', () => {
    expect(problemsOf({ OUTBOUND_ALLOW: 'a.example,10.0.0.0/99', OUTBOUND_PORTS: '443,http' })).toEqual([
      'OUTBOUND_ALLOW: "10.0.0.0/99" is not host:port, a host, an IP address or a CIDR such as 10.1.0.0/16.',
      'OUTBOUND_PORTS: "http" is not a port number.',
    ]);
  });
});
