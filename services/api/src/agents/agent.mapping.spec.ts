import { describe, expect, it } from '@jest/globals';
import { Sensitivity } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { toAgentJson, toAgentVersionJson, toConfig } from './agent.mapping.js';
import { agentConfigInputSchema, agentConfigSchema } from './agent.schemas.js';

const createdAt = toTimestamp(new Date('2026-01-31T12:00:00.007Z'));

describe('agent mapping', () => {
  it('fills in what a request leaves out', () => {
    expect(toConfig(agentConfigInputSchema.parse({ prompt: 'Be kind.' }))).toEqual({
      prompt: 'Be kind.',
      greeting: '',
      voice: '',
      languageCode: '',
      model: '',
      temperature: undefined,
      toolIds: [],
      turnDetection: undefined,
      maxCallSeconds: 3_600,
    });
  });

  it('keeps a zero that is meant', () => {
    const json = { prompt: 'x', temperature: 0, turnDetection: { prefixPaddingMs: 0, endSensitivity: 'high' } };
    expect(toConfig(agentConfigInputSchema.parse(json))).toMatchObject({
      temperature: 0,
      turnDetection: {
        startSensitivity: Sensitivity.SENSITIVITY_UNSPECIFIED,
        endSensitivity: Sensitivity.SENSITIVITY_HIGH,
        prefixPaddingMs: 0,
        silenceDurationMs: undefined,
        noInterruption: false,
      },
    });
  });

  it('answers null where the contract has "" and 0 for none', () => {
    const config = toConfig(agentConfigInputSchema.parse({ prompt: 'x' }));
    const agent = {
      id: 'a',
      name: 'n',
      publishedVersion: 0,
      draftVersion: 1,
      revision: 3,
      config,
      createdAt,
      updatedAt: createdAt,
    };
    const json = toAgentJson(agent);
    expect(json).toMatchObject({ publishedVersion: null, draftVersion: 1, createdAt: '2026-01-31T12:00:00.007Z' });
    expect(json.config).toEqual(
      agentConfigSchema.parse({
        prompt: 'x',
        greeting: '',
        voice: null,
        languageCode: null,
        model: null,
        temperature: null,
        toolIds: [],
        turnDetection: {
          startSensitivity: null,
          endSensitivity: null,
          prefixPaddingMs: null,
          silenceDurationMs: null,
          noInterruption: false,
        },
        maxCallSeconds: 3_600,
      }),
    );
  });

  it('answers a configuration that is accepted again as it is', () => {
    const sent = agentConfigInputSchema.parse({
      prompt: 'x',
      greeting: 'Hi',
      voice: 'Puck',
      languageCode: 'en-US',
      model: 'm',
      temperature: 1.5,
      toolIds: ['9b2f5c1e-6d1a-4d57-8a06-0e6a1f3c5b21'],
      turnDetection: {
        startSensitivity: 'low',
        endSensitivity: 'high',
        prefixPaddingMs: 20,
        silenceDurationMs: 700,
        noInterruption: true,
      },
      maxCallSeconds: 60,
    });
    const version = {
      agentId: 'a',
      version: 2,
      config: toConfig(sent),
      publishedAt: undefined,
      createdAt,
      restoredFromVersion: 0,
    };
    const answered = toAgentVersionJson(version);
    expect(answered).toMatchObject({ publishedAt: null, restoredFromVersion: null });
    expect(agentConfigInputSchema.parse(answered.config)).toEqual(sent);
  });

  it('calls an answer without an agent an error of ours', () => {
    expect(() => toAgentJson(undefined)).toThrow(expect.objectContaining({ kind: 'internal' }));
  });
});
