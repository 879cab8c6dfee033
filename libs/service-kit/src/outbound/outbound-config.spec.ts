import { describe, expect, it } from '@jest/globals';
import { ConfigError, defineConfig } from '../config.js';
import { DEFAULT_OUTBOUND_PORTS, outboundConfig, outboundVariables } from './outbound-config.js';

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

  it('names the variable and the entry that is wrong', () => {
    expect(problemsOf({ OUTBOUND_ALLOW: 'a.example,10.0.0.0/99', OUTBOUND_PORTS: '443,http' })).toEqual([
      'OUTBOUND_ALLOW: "10.0.0.0/99" is not a CIDR such as 10.1.0.0/16.',
      'OUTBOUND_PORTS: "http" is not a port number.',
    ]);
  });
});
