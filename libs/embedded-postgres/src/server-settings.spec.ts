import { describe, expect, it } from '@jest/globals';
import { serverArguments } from './server-settings.js';

describe('the server settings', () => {
  it('keep fsync on unless the data may be lost', () => {
    expect(serverArguments(5432, true)).not.toContain('fsync=false');
    expect(serverArguments(5432, false)).toContain('fsync=false');
  });

  it("take the caller's, except for the door", () => {
    const settings = { max_connections: 7, port: 1, listen_addresses: '*' };
    const given = serverArguments(5432, true, settings);
    expect(given).toContain('max_connections=7');
    expect(given).toContain('port=5432');
    expect(given).toContain('listen_addresses=127.0.0.1');
    expect(given).not.toContain('listen_addresses=*');
  });
});
