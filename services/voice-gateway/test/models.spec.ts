/** A key, a model or a voice that the provider refuses is found out before a caller comes. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { ModelCheckOutcome } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { GatewayServiceService } from '@orbisvoice/proto/orbisvoice/gateway/v1/gateway';
import { CallerContexts } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient, type GrpcClient } from '@orbisvoice/service-kit/grpc-client';
import type { SimulatorOptions } from '@orbisvoice/simulator/options';
import { ProviderStanding } from '../src/models/provider-standing.js';
import { startGateway, type GatewayUnderTest } from './gateway-under-test.js';

const MEMBER = {
  caller: { organizationId: '3f0c6a52-8a35-4d0e-9a59-0d4b6a1f2c77', subject: 'api-key:1', roles: ['member' as const] },
};
const GOOD_KEY = 'a-key-that-is-good';

let gateway: GatewayUnderTest;
let client: GrpcClient<typeof GatewayServiceService>;
afterEach(async () => {
  client?.close();
  await gateway.stop();
});

async function start(provider: SimulatorOptions, environment: Record<string, string> = {}) {
  gateway = await startGateway({ PROVIDER_CHECK: 'true', GEMINI_API_KEY: GOOD_KEY, ...environment }, provider);
  client = createGrpcClient(GatewayServiceService, {
    serviceName: 'voice-gateway',
    address: `127.0.0.1:${gateway.service.grpcPort}`,
    contexts: new CallerContexts('x'.repeat(32)),
  });
  return await gateway.service.app.get(ProviderStanding).firstVerdict;
}

const check = async (model: string, voice: string) => (await client.checkModel({ model, voice }, MEMBER)).check;

describe('the key and the default model', () => {
  it('are tried at the start, and a wrong key makes the gateway degraded, with the words of the provider', async () => {
    const verdict = await start({ apiKeys: [GOOD_KEY] }, { GEMINI_API_KEY: 'a-key-that-is-bad' });
    expect(verdict).toMatchObject({ outcome: 'refused', culprit: 'platform' });
    const report = await gateway.service.health.report();
    // Not unavailable: all gateways have the same key, and none of them would be left.
    expect(report.status).toBe('degraded');
    expect(report.checks['provider']).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('API key not valid'),
    });
    const metrics = await gateway.service.registry.metrics();
    expect(metrics).toMatch(/orbisvoice_gateway_dependency_up\{dependency="provider"[^}]*\} 0/);
    expect(metrics).toMatch(/orbisvoice_gateway_provider_checks_total\{outcome="refused"[^}]*\} 1/);
    expect(metrics).not.toContain('API key not valid');
  });

  it('are well when the provider takes them', async () => {
    expect(await start({ apiKeys: [GOOD_KEY] })).toEqual({ outcome: 'accepted' });
    expect((await gateway.service.health.report()).status).toBe('ok');
  });

  it('say nothing about the provider when it can not be reached', async () => {
    const verdict = await start({}, { GEMINI_BASE_URL: 'http://127.0.0.1:1' });
    expect(verdict).toMatchObject({ outcome: 'unreachable' });
    const { status, checks } = await gateway.service.health.report();
    expect([status, checks['provider']?.detail]).toEqual(['degraded', expect.stringContaining('could not be tried')]);
  });
});

describe('CheckModel', () => {
  it('tells what is at fault: the voice, the model, or neither', async () => {
    await start({ apiKeys: [GOOD_KEY] });
    const refused = ModelCheckOutcome.MODEL_CHECK_OUTCOME_REFUSED;
    expect(await check('', '')).toEqual({
      outcome: ModelCheckOutcome.MODEL_CHECK_OUTCOME_ACCEPTED,
      detail: '',
      field: '',
    });
    expect(await check('gemini-3.8-live', 'Puck')).toMatchObject({
      outcome: ModelCheckOutcome.MODEL_CHECK_OUTCOME_ACCEPTED,
    });
    expect(await check('', 'Banana')).toMatchObject({
      outcome: refused,
      field: 'voice',
      detail: expect.stringContaining('voice Banana'),
    });
    const noModel = { outcome: refused, field: 'model', detail: expect.stringContaining('models/gpt') };
    expect(await check('gpt', '')).toMatchObject(noModel);
    expect(await check('gpt', 'Banana')).toMatchObject(noModel);
  });

  it("blames neither when the platform's key is refused", async () => {
    await start({ apiKeys: [GOOD_KEY] }, { GEMINI_API_KEY: 'a-key-that-is-bad' });
    expect(await check('gemini-3.8-live', 'Puck')).toMatchObject({
      outcome: ModelCheckOutcome.MODEL_CHECK_OUTCOME_REFUSED,
      field: '',
      detail: expect.stringContaining('API key not valid'),
    });
  });

  it('answers in time when the provider never does', async () => {
    await start({ faults: { neverAnswerSetup: true } }, { PROVIDER_CHECK: 'false' });
    const startedAt = performance.now();
    expect(await check('', 'Puck')).toMatchObject({ outcome: ModelCheckOutcome.MODEL_CHECK_OUTCOME_UNREACHABLE });
    expect(performance.now() - startedAt).toBeLessThan(4_500);
  });

  it('is for members only', async () => {
    await start({});
    const edge = { caller: { subject: 'service:api', roles: ['edge' as const] } };
    await expect(client.checkModel({ model: '', voice: '' }, edge)).rejects.toMatchObject({
      kind: 'permission_denied',
    });
  });
});
