/** What the OpenAPI document shows for a conversation: one question, one tool call, one answer. */
const usage = { promptTokens: 812, responseTokens: 164, totalTokens: 976 };

export const conversationExample = {
  id: '7d9e0c1b-2a3f-4b5c-8d6e-9f0a1b2c3d4e',
  agentId: '3f0c6a52-8a35-4d0e-9a59-0d4b6a1f2c77',
  agentName: 'Reception',
  agentVersion: 2,
  draftRevision: null,
  channel: 'voice' as const,
  provider: 'gemini',
  model: 'gemini-live',
  startedAt: '2026-01-31T12:00:00.000Z',
  endedAt: '2026-01-31T12:01:30.500Z',
  endReason: 'client_ended',
  endDetail: null,
  turnCount: 2,
  usage,
};

export const turnExamples = [
  {
    sequence: 2,
    role: 'user' as const,
    inputKind: 'audio' as const,
    generatedText: 'Do you have anything free on Monday?',
    heardText: 'Do you have anything free on Monday?',
    interrupted: false,
    startedAt: '2026-01-31T12:00:04.100Z',
    endedAt: '2026-01-31T12:00:06.300Z',
    toolCalls: [],
    usage: null,
    timings: null,
  },
  {
    sequence: 3,
    role: 'agent' as const,
    inputKind: null,
    generatedText: 'Yes, at nine and at half past two. Which one suits you?',
    heardText: 'Yes, at nine',
    interrupted: true,
    startedAt: '2026-01-31T12:00:07.000Z',
    endedAt: '2026-01-31T12:00:09.200Z',
    toolCalls: [
      {
        id: 'call-1',
        name: 'find_free_slots',
        arguments: { date: '2026-02-02' },
        result: { slots: ['09:00', '14:30'] },
        outcome: 'ok',
        startedAt: '2026-01-31T12:00:06.400Z',
        durationMs: 180,
      },
    ],
    usage,
    timings: {
      speechEndedAt: '2026-01-31T12:00:06.100Z',
      uplinkMs: 12,
      gatewayInUs: 60,
      providerFirstAudioMs: 620,
      gatewayOutUs: 240,
      firstPlayedMs: 90,
      audioGeneratedMs: 4_100,
      audioPlayedMs: 1_300,
    },
  },
];
