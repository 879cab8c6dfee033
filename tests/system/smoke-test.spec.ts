import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runSmokeTest } from '@orbisvoice/simulator/smoke-test/smoke-test';
import { startTestPlatform, type TestPlatform } from '../support/test-platform.js';

let test: TestPlatform;
beforeAll(async () => {
  test = await startTestPlatform();
}, 60_000);
afterAll(async () => test?.stop());

it('makes a spoken call with a tool call, finds its transcript, and leaves nothing behind', async () => {
  const lines: string[] = [];
  const { apiUrl, grpcAddress, streamUrl } = test.platform;
  const before = await test.api.request<{ items: unknown[] }>('GET', '/v1/agents');
  await runSmokeTest({
    apiUrl,
    grpcAddress,
    streamUrl,
    apiKey: test.api.apiKey,
    timeoutMs: 30_000,
    log: (line) => lines.push(line),
  });
  expect(lines.join('\n')).toContain('simulated');
  expect(lines).toContain('it is the same over gRPC');
  expect(lines.at(-1)).toMatch(/^transcript of [45] turns and 1 tool call is stored$/);
  const after = await test.api.request<{ items: unknown[] }>('GET', '/v1/agents');
  expect(after.items).toEqual(before.items);
}, 120_000);

it('fails with a sentence where the key is wrong', async () => {
  const { apiUrl, streamUrl } = test.platform;
  const options = { apiUrl, streamUrl, apiKey: 'ov_live_wrong', timeoutMs: 5_000, log: () => undefined };
  await expect(runSmokeTest(options)).rejects.toThrow(/^POST \/v1\/tools: 401/);
});
