import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningService, startService } from '@orbisvoice/service-kit/service';
import { createLog } from '@orbisvoice/service-kit/log';
import { Simulator } from '../src/create-simulator.js';
import { simulatorService } from '../src/service.js';
import { RawClient, outputText } from './raw-client.js';

let service: RunningService;
let url: string;
beforeAll(async () => {
  const environment = {
    HOST: '127.0.0.1',
    SIMULATOR_PORT: '0',
    SIMULATOR_API_KEYS: 'test-key, second',
    SIMULATOR_MODELS: 'simulated-live, gemini-3.8-live',
    SIMULATOR_VOICES: 'ToneCode, Puck',
    INTERNAL_AUTH_SECRET: 'x'.repeat(32),
    NODE_ENV: 'test',
    STOP_TIMEOUT_MS: '100',
  };
  service = await startService(simulatorService, {
    environment,
    log: createLog({ service: 'simulator', level: 'silent' }),
  });
  url = `http://127.0.0.1:${service.httpPort}`;
});
afterAll(() => service.stop());

describe('the simulator as a service', () => {
  it('serves the wire protocol beside the probes', async () => {
    const client = await RawClient.start(url, {
      generationConfig: { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'ToneCode' } } } },
    });
    client.send({ realtimeInput: { text: 'hello' } });
    expect(outputText(await client.turn())).toBe('Hello. How can I help you?');
    client.close();
    expect((await new RawClient(url, { key: 'wrong' }).closed).code).toBe(1007);
    for (const path of ['/livez', '/readyz', '/health']) expect((await fetch(url + path)).status).toBe(200);
    expect((await fetch(`${url}/other`)).status).toBe(404);
  });

  it('refuses a model and a voice that it was not given', async () => {
    const model = new RawClient(url);
    await model.opened();
    model.send({ setup: { model: 'models/gemini-9-live' } });
    expect(await model.closed).toMatchObject({ code: 1008, reason: expect.stringContaining('is not found') });
    const voice = new RawClient(url);
    await voice.opened();
    const voiceConfig = { prebuiltVoiceConfig: { voiceName: 'Kore' } };
    voice.send({ setup: { model: 'models/simulated-live', generationConfig: { speechConfig: { voiceConfig } } } });
    expect(await voice.closed).toMatchObject({ code: 1007, reason: expect.stringContaining('voice Kore') });
  });

  it('makes ephemeral tokens', async () => {
    const response = await fetch(`${url}/v1alpha/auth_tokens?key=second`, { method: 'POST', body: '{"uses":2}' });
    expect(await response.json()).toEqual({ name: expect.stringMatching(/^auth_tokens\//) });
  });

  it('counts what it did', async () => {
    const metrics = await service.registry.metrics();
    expect(metrics).toMatch(/orbisvoice_simulator_sessions_started_total\{service="simulator"\} 1/);
    expect(metrics).toMatch(/orbisvoice_simulator_connections\{service="simulator"\} 0/);
    expect(service.app.get(Simulator).stats.turns).toBe(1);
  });

  it('announces to its sessions that it stops, and closes those that stay', async () => {
    const client = await RawClient.start(url);
    await service.stop();
    expect(client.messages.at(-1)).toEqual({ goAway: { timeLeft: '0.100s' } });
    expect((await client.closed).code).toBe(1001);
  });
});
