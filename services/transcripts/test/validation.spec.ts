import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Channel,
  InputKind,
  Role,
  type ConversationEvent,
} from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import {
  agentTurn,
  agentTurnValue,
  at,
  ended,
  member,
  metric,
  started,
  startTranscripts,
  turn,
  type TranscriptsUnderTest,
} from './transcripts-under-test.js';

let transcripts: TranscriptsUnderTest;
beforeAll(async () => {
  transcripts = await startTranscripts();
}, 60_000);
afterAll(async () => await transcripts?.stop());

const kB = (count: number) => 'x'.repeat(count * 1024);
const call = agentTurnValue().toolCalls[0]!;
const says = (text: string) => ({ generatedText: text, heardText: text });
const at2 = (event: ConversationEvent, changes: Partial<ConversationEvent>) => ({ ...event, ...changes });

/** The events after `started`, the field at fault and the rule. */
const RULES: [string, ConversationEvent[], string, RegExp][] = [
  ['no event', [], 'events', /1 to 500/],
  ['too many events', Array.from({ length: 501 }, (_, n) => turn(n + 2)), 'events', /1 to 500/],
  ['sequence 0', [turn(0)], 'events.0.sequence', /at least 1/],
  ['a huge sequence', [turn(100_001)], 'events.0.sequence', /at most 100000/],
  ['events not in order', [turn(3), turn(2)], 'events.1.sequence', /greater than/],
  ['an event twice', [turn(2), turn(2)], 'events.1.sequence', /greater than/],
  ['a start that is not first', [at2(started(), { sequence: 2 })], 'events.0.sequence', /1 for started/],
  ['a turn that is first', [turn(1)], 'events.0.sequence', /only for started/],
  ['an event without kind', [at2(turn(2), { kind: undefined })], 'events.0.kind', /started, turn, ended/],
  ['no time', [at2(turn(2), { occurredAt: undefined })], 'events.0.occurred_at', /required/],
  [
    'a time far ahead',
    [at2(turn(2), { occurredAt: toTimestamp(new Date(Date.now() + 2 * 86_400_000)) })],
    'events.0.occurred_at',
    /a day from now/,
  ],
  [
    'an impossible time',
    [turn(2, { startedAt: { seconds: 2n ** 60n, nanos: 0 } })],
    'events.0.turn.started_at',
    /2000/,
  ],
  ['an agent that is no UUID', [started({ agentId: 'reception' })], 'events.0.started.agent_id', /UUID/],
  ['no agent name', [started({ agentName: '' })], 'events.0.started.agent_name', /1 to 100/],
  ['agent version 0', [started({ agentVersion: 0 })], 'events.0.started.agent_version', /at least 1/],
  ['no channel', [started({ channel: Channel.CHANNEL_UNSPECIFIED })], 'events.0.started.channel', /known/],
  ['an unknown channel', [started({ channel: 99 as Channel })], 'events.0.started.channel', /known/],
  ['no provider', [started({ provider: '' })], 'events.0.started.provider', /1 to 100/],
  ['no model', [started({ model: '' })], 'events.0.started.model', /1 to 200/],
  ['a long subject', [started({ subject: 'x'.repeat(201) })], 'events.0.started.subject', /at most 200/],
  ['no role', [turn(2, { role: Role.ROLE_UNSPECIFIED })], 'events.0.turn.role', /known/],
  ['a long text', [turn(2, says(`${kB(100)}x`))], 'events.0.turn.generated_text', /100 kB/],
  ['a text long in bytes', [turn(2, says('ü'.repeat(51_201)))], 'events.0.turn.heard_text', /100 kB/],
  ['a user heard otherwise', [turn(2, { heardText: 'x' })], 'events.0.turn.heard_text', /user's turn/],
  ['an uninterrupted cut', [agentTurn(2, { interrupted: false })], 'events.0.turn.heard_text', /interrupted/],
  [
    'a user turn from nowhere',
    [turn(2, { inputKind: InputKind.INPUT_KIND_UNSPECIFIED })],
    'events.0.turn.input_kind',
    /how the user/,
  ],
  ['no start of a turn', [turn(2, { startedAt: undefined })], 'events.0.turn.started_at', /required/],
  ['an end before the start', [turn(2, { endedAt: at(1) })], 'events.0.turn.ended_at', /before started_at/],
  [
    '65 tool calls',
    [agentTurn(2, { toolCalls: Array.from({ length: 65 }, () => call) })],
    'events.0.turn.tool_calls',
    /at most 64/,
  ],
  [
    'no id of a tool call',
    [agentTurn(2, { toolCalls: [{ ...call, id: '' }] })],
    'events.0.turn.tool_calls.0.id',
    /200/,
  ],
  [
    'an unknown outcome',
    [agentTurn(2, { toolCalls: [call, { ...call, outcome: 'fine' }] })],
    'events.0.turn.tool_calls.1.outcome',
    /one of ok, failed/,
  ],
  [
    'arguments that are no JSON',
    [agentTurn(2, { toolCalls: [{ ...call, argumentsJson: '{seats' }] })],
    'events.0.turn.tool_calls.0.arguments_json',
    /JSON/,
  ],
  [
    'a long result',
    [agentTurn(2, { toolCalls: [{ ...call, resultJson: `"${kB(64)}"` }] })],
    'events.0.turn.tool_calls.0.result_json',
    /64 kB/,
  ],
  [
    'a turn too large in all',
    [agentTurn(2, { toolCalls: Array.from({ length: 40 }, () => ({ ...call, resultJson: `"${kB(60)}"` })) })],
    'events.0',
    /2048 kB/,
  ],
  ['an unknown end', [ended(2, 'bored')], 'events.0.ended.reason', /one of client_ended/],
  ['a long detail', [ended(2, 'idle', 'x'.repeat(1_001))], 'events.0.ended.detail', /at most 1000/],
];

describe('AppendEvents refuses', () => {
  it.each(RULES)('%s', async (_, events, field, rule) => {
    const request = { conversationId: randomUUID(), events, fence: 0 };
    await expect(transcripts.client.appendEvents(request, member())).rejects.toMatchObject({
      kind: 'invalid_argument',
      violations: expect.arrayContaining([{ field, message: expect.stringMatching(rule) }]),
    });
  });

  it('a conversation id that is no UUID', async () => {
    const request = { conversationId: 'call-1', events: [started()], fence: 0 };
    await expect(transcripts.client.appendEvents(request, member())).rejects.toMatchObject({
      violations: [{ field: 'conversation_id', message: 'must be a UUID' }],
    });
  });

  it('a fence that no integer column takes', async () => {
    const request = { conversationId: randomUUID(), events: [started()], fence: 2 ** 31 };
    await expect(transcripts.client.appendEvents(request, member())).rejects.toMatchObject({
      kind: 'invalid_argument',
      violations: [{ field: 'fence', message: 'must be at most 2147483647' }],
    });
  });

  it('and counts what it refused', async () => {
    const rejected = () => metric(transcripts.service, 'orbisvoice_transcripts_writes_total', { result: 'rejected' });
    const before = await rejected();
    const request = { conversationId: randomUUID(), events: [turn(2), turn(3)], fence: 0 };
    await expect(transcripts.client.appendEvents(request, member())).rejects.toThrow();
    await expect(transcripts.client.appendEvents({ ...request, events: [turn(0)] }, member())).rejects.toThrow();
    expect(await rejected()).toBe(before + 3);
  });
});

describe('AppendEvents takes', () => {
  it('every limit at its edge', async () => {
    const conversationId = randomUUID();
    const events = [
      started({ agentName: 'x'.repeat(100), subject: '' }),
      turn(2, { ...says(kB(100)), inputKind: InputKind.INPUT_KIND_TEXT }),
      agentTurn(3, { toolCalls: Array.from({ length: 64 }, () => ({ ...call, resultJson: '' })) }),
      agentTurn(4, { generatedText: '', heardText: '', usage: undefined, timings: undefined }),
      ended(5, 'idle', 'x'.repeat(1_000)),
    ];
    const fence = 2 ** 31 - 1;
    const answer = await transcripts.client.appendEvents({ conversationId, events, fence }, member());
    expect(answer.committedSequence).toBe(5);
  });

  it('500 events in one request', async () => {
    const events = [started(), ...Array.from({ length: 499 }, (_, index) => agentTurn(index + 2))];
    const answer = await transcripts.client.appendEvents({ conversationId: randomUUID(), events, fence: 0 }, member());
    expect(answer.committedSequence).toBe(500);
  });
});

describe('the other requests', () => {
  it('name the field at fault', async () => {
    const { client } = transcripts;
    const list = { pageSize: 0, pageToken: '', agentId: '' };
    const refused = (field: string) => ({ kind: 'invalid_argument', violations: [{ field }] });
    await expect(client.listConversations({ ...list, pageSize: 101 }, member())).rejects.toMatchObject(
      refused('page_size'),
    );
    await expect(client.listConversations({ ...list, pageToken: 'x' }, member())).rejects.toMatchObject(
      refused('page_token'),
    );
    await expect(client.listConversations({ ...list, agentId: 'x' }, member())).rejects.toMatchObject(
      refused('agent_id'),
    );
    await expect(client.getConversation({ id: 'x' }, member())).rejects.toMatchObject(refused('id'));
  });
});
