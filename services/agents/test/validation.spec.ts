import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AgentConfig } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { config, member, newAgent, startAgents, type AgentsUnderTest } from './agents-under-test.js';

let agents: AgentsUnderTest;
beforeAll(async () => {
  agents = await startAgents();
}, 60_000);
afterAll(async () => await agents?.stop());

/** A number that the contract has no name for. */
const UNKNOWN_SENSITIVITY: number = 7;

const detection = {
  startSensitivity: 0,
  endSensitivity: 0,
  prefixPaddingMs: undefined,
  silenceDurationMs: undefined,
  noInterruption: false,
};
const tool = randomUUID();

const BROKEN: [string, Partial<AgentConfig>][] = [
  ['config.prompt', { prompt: '' }],
  ['config.prompt', { prompt: '  \n' }],
  ['config.prompt', { prompt: 'x'.repeat(32_001) }],
  ['config.prompt', { prompt: 'NUL \0' }],
  ['config.greeting', { greeting: 'x'.repeat(1_001) }],
  ['config.voice', { voice: 'x'.repeat(101) }],
  ['config.language_code', { languageCode: 'not a tag' }],
  ['config.model', { model: 'two words' }],
  ['config.temperature', { temperature: 2.1 }],
  ['config.temperature', { temperature: Number.NaN }],
  ['config.tool_ids.0', { toolIds: ['weather'] }],
  ['config.tool_ids', { toolIds: [tool, tool.toUpperCase()] }],
  ['config.tool_ids', { toolIds: Array.from({ length: 65 }, () => randomUUID()) }],
  ['config.max_call_seconds', { maxCallSeconds: 9 }],
  ['config.max_call_seconds', { maxCallSeconds: 14_401 }],
  [
    'config.turn_detection.start_sensitivity',
    { turnDetection: { ...detection, startSensitivity: UNKNOWN_SENSITIVITY } },
  ],
  ['config.turn_detection.end_sensitivity', { turnDetection: { ...detection, endSensitivity: -1 } }],
  ['config.turn_detection.prefix_padding_ms', { turnDetection: { ...detection, prefixPaddingMs: 2_001 } }],
  ['config.turn_detection.silence_duration_ms', { turnDetection: { ...detection, silenceDurationMs: 5_001 } }],
];

describe('a request that breaks a rule', () => {
  it.each(BROKEN)('names %s', async (field, broken) => {
    await expect(agents.client.createAgent(newAgent({ config: config(broken) }), member())).rejects.toMatchObject({
      kind: 'invalid_argument',
      violations: [{ field, message: expect.stringMatching(/^must /) }],
    });
  });

  it('names name and config when they are missing', async () => {
    await expect(agents.client.createAgent({ name: ' ', config: undefined }, member())).rejects.toMatchObject({
      violations: [
        { field: 'name', message: 'must have 1 to 100 characters' },
        { field: 'config', message: 'is required' },
      ],
    });
  });

  it('names ids that are no UUIDs, and a version that cannot be', async () => {
    const { client } = agents;
    await expect(client.getAgent({ id: 'x' }, member())).rejects.toMatchObject({
      violations: [{ field: 'id', message: 'must be a UUID' }],
    });
    await expect(client.resolveAgent({ agentId: '', draft: false }, member())).rejects.toMatchObject({
      violations: [{ field: 'agent_id', message: 'must be a UUID' }],
    });
    await expect(client.restoreAgentVersion({ agentId: tool, version: 0 }, member())).rejects.toMatchObject({
      violations: [{ field: 'version', message: 'must be at least 1' }],
    });
  });

  it('is accepted at every limit', async () => {
    const limits = config({
      prompt: 'x'.repeat(32_000),
      greeting: 'x'.repeat(1_000),
      temperature: 2,
      toolIds: Array.from({ length: 64 }, () => randomUUID()),
      maxCallSeconds: 14_400,
      turnDetection: { ...detection, prefixPaddingMs: 2_000, silenceDurationMs: 5_000 },
    });
    const { agent } = await agents.client.createAgent(newAgent({ name: 'x'.repeat(100), config: limits }), member());
    expect(agent?.config).toEqual(limits);
  });
});
