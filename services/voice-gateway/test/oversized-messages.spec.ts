import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RawCaller } from '../../../tests/support/raw-caller.js';
import { startGateway, type GatewayUnderTest } from './gateway-under-test.js';

const CLIENT = join(import.meta.dirname, 'protocol-violation-client.mjs');

describe('a message that is too large to be read', () => {
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(async () => gateway?.stop());

  it('is closed with 1009 every time, also for a client that is still sending it', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [CLIENT, gateway.url, '10000000', '20']);
    expect(JSON.parse(stdout)).toEqual(Array.from({ length: 20 }, () => 1009));
  }, 30_000);

  it('leaves nothing open behind it, also when the client does not answer the close', async () => {
    const caller = await RawCaller.connect(gateway.url);
    caller.send('x'.repeat(300_000));
    caller.socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    caller.socket.resume();
    expect((await caller.closed).code).toBe(1009);
  }, 10_000);
});
