import { describe, expect, it } from '@jest/globals';
import { Channel, InputKind, Role, type StoredTurn } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { toConversationJson, toTurnJson } from './conversation.mapping.js';
import { conversationSchema, turnSchema } from './conversation.schemas.js';

const at = toTimestamp(new Date('2026-01-31T12:00:00.250Z'));
const id = '7d9e0c1b-2a3f-4b5c-8d6e-9f0a1b2c3d4e';

const agentTurn: StoredTurn = {
  sequence: 3,
  turn: {
    role: Role.ROLE_AGENT,
    generatedText: 'Nine or ten?',
    heardText: 'Nine',
    interrupted: true,
    startedAt: at,
    endedAt: at,
    toolCalls: [
      {
        id: 'c1',
        name: 'slots',
        argumentsJson: '{"day":1}',
        resultJson: '[9,10]',
        outcome: 'ok',
        startedAt: at,
        durationMs: 5,
      },
      {
        id: 'c2',
        name: 'slots',
        argumentsJson: '',
        resultJson: 'not JSON',
        outcome: 'failed',
        startedAt: at,
        durationMs: 0,
      },
    ],
    usage: { promptTokens: 1, responseTokens: 2, totalTokens: 3 },
    timings: {
      providerFirstAudioMs: 0,
      speechEndedAt: undefined,
      uplinkMs: 12,
      gatewayInUs: 60,
      gatewayOutUs: undefined,
      firstPlayedMs: 80,
      audioGeneratedMs: 900,
      audioPlayedMs: 300,
    },
    inputKind: InputKind.INPUT_KIND_UNSPECIFIED,
  },
};

describe('conversation mapping', () => {
  it('answers tool calls with their arguments and results as JSON, and text that is no JSON as text', () => {
    const { toolCalls } = turnSchema.parse(toTurnJson(agentTurn));
    expect(toolCalls.map((call) => [call.arguments, call.result])).toEqual([
      [{ day: 1 }, [9, 10]],
      [null, 'not JSON'],
    ]);
  });

  it('tells what was generated from what was heard, and an unknown time from none', () => {
    expect(toTurnJson(agentTurn)).toMatchObject({
      role: 'agent',
      inputKind: null,
      generatedText: 'Nine or ten?',
      heardText: 'Nine',
      timings: {
        speechEndedAt: null,
        uplinkMs: 12,
        gatewayInUs: 60,
        providerFirstAudioMs: 0,
        gatewayOutUs: null,
        firstPlayedMs: 80,
      },
    });
  });

  it('answers a running conversation with nulls for its end', () => {
    const running = {
      id,
      agentId: id,
      agentName: 'Mia',
      agentVersion: 1,
      draftRevision: 7,
      channel: Channel.CHANNEL_VOICE,
      provider: 'gemini',
      model: 'm',
      startedAt: at,
      endedAt: undefined,
      endReason: '',
      endDetail: '',
      turnCount: 0,
      usage: undefined,
    };
    const json = conversationSchema.parse(toConversationJson(running));
    expect(json).toMatchObject({ channel: 'voice', endedAt: null, endReason: null, usage: { totalTokens: 0 } });
  });
});
