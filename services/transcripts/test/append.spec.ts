import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ConversationEvent } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { queryRows } from '@orbisvoice/testing/service-database';
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

function conversation(caller = member()) {
  const conversationId = randomUUID();
  const append = async (...events: ConversationEvent[]) =>
    (await transcripts.client.appendEvents({ conversationId, events, fence: 0 }, caller)).committedSequence;
  const read = async () => await transcripts.client.getConversation({ id: conversationId }, caller);
  return { conversationId, caller, append, read };
}

const precondition = { kind: 'failed_precondition', retryable: false };

describe('events of a conversation (S0-53, S2-09)', () => {
  it('are stored and read back as they were sent', async () => {
    const { conversationId, append, read } = conversation();
    expect(await append(started())).toBe(1);
    expect(await append(turn(2), agentTurn(3))).toBe(3);
    expect((await read()).conversation).toMatchObject({ endedAt: undefined, endReason: '', turnCount: 2 });
    expect(await append(ended(4, 'client_lost', 'The connection broke.'))).toBe(4);
    const { conversation: stored, turns } = await read();
    expect(stored).toEqual({
      id: conversationId,
      agentId: 'c0ffee00-0000-4000-8000-000000000001',
      agentName: 'Reception',
      agentVersion: 3,
      draftRevision: 0,
      channel: 1,
      provider: 'gemini',
      model: 'gemini-live',
      startedAt: at(0),
      endedAt: at(60),
      endReason: 'client_lost',
      endDetail: 'The connection broke.',
      turnCount: 2,
      usage: { promptTokens: 100, responseTokens: 40, totalTokens: 140 },
    });
    expect(turns.map((found) => found.sequence)).toEqual([2, 3]);
    expect(turns[1]?.turn).toEqual(agentTurnValue());
  });

  it('are skipped when their number is known, whatever they carry', async () => {
    const { append, read } = conversation();
    await append(started(), turn(2));
    const before = await metric(transcripts.service, 'orbisvoice_transcripts_writes_total', { result: 'duplicate' });
    expect(await append(started({ agentName: 'Another' }), agentTurn(2), agentTurn(3))).toBe(3);
    const { conversation: stored, turns } = await read();
    expect(stored).toMatchObject({ agentName: 'Reception', turnCount: 2, usage: { totalTokens: 140 } });
    expect(turns[0]?.turn?.generatedText).toBe('I need a table for two.');
    expect(await metric(transcripts.service, 'orbisvoice_transcripts_writes_total', { result: 'duplicate' })).toBe(
      before + 2,
    );
  });

  it('are stored once when the same request comes many times at once', async () => {
    const { conversationId, append, read } = conversation();
    const events = [started(), turn(2), agentTurn(3), ended(4)];
    const answers = await Promise.all(Array.from({ length: 8 }, () => append(...events)));
    expect(answers).toEqual(Array(8).fill(4));
    const { conversation: stored, turns } = await read();
    expect(stored).toMatchObject({ turnCount: 2, usage: { totalTokens: 140 } });
    expect(turns).toHaveLength(2);
    const outbox = await queryRows(
      transcripts.database.url,
      `SELECT set_config('orbisvoice.system_reason', 'test', false), sequence FROM transcripts.outbox
       WHERE conversation_id = $1`,
      [conversationId],
    );
    expect(outbox.length).toBeLessThanOrEqual(4);
  });

  it('are stored once when overlapping requests race', async () => {
    const { append, read } = conversation();
    await append(started());
    const turns = Array.from({ length: 30 }, (_, index) => agentTurn(index + 2));
    const slices = Array.from({ length: 12 }, (_, index) => turns.slice(index * 2, index * 2 + 8));
    await Promise.all(slices.map((slice) => append(...slice)));
    expect(await append(agentTurn(2))).toBe(31);
    const { conversation: stored } = await read();
    expect(stored).toMatchObject({ turnCount: 30, usage: { totalTokens: 30 * 140 } });
  });

  it('may come out of order: they are stored, and the committed number stops at the gap until it is filled', async () => {
    const { append, read } = conversation();
    expect(await append(started())).toBe(1);
    expect(await append(turn(4), turn(5))).toBe(1);
    expect(await append(turn(2))).toBe(2);
    expect(await append(turn(7))).toBe(2);
    expect(await append(turn(3))).toBe(5);
    expect((await read()).turns.map((found) => found.sequence)).toEqual([2, 3, 4, 5, 7]);
  });

  it('may be flushed late when their place is before the end', async () => {
    const { append, read } = conversation();
    expect(await append(started(), ended(4))).toBe(1);
    expect(await append(turn(2))).toBe(2);
    expect(await append(agentTurn(3))).toBe(4);
    expect((await read()).conversation).toMatchObject({ turnCount: 2, endReason: 'client_ended' });
  });

  it('are refused after the end, and nothing of that request is stored', async () => {
    const { append, read } = conversation();
    await append(started(), turn(2), ended(4));
    await expect(append(turn(3), turn(5))).rejects.toMatchObject({
      ...precondition,
      message: "The conversation ended with event 4, so event 5 can't be part of it.",
    });
    await expect(append(ended(3))).rejects.toMatchObject(precondition);
    expect((await read()).turns).toHaveLength(1);
  });

  it('cannot end before a turn that is stored', async () => {
    const { append } = conversation();
    await append(started(), turn(5));
    await expect(append(ended(3))).rejects.toMatchObject(precondition);
    expect(await append(turn(2), turn(3), turn(4), ended(6))).toBe(6);
  });

  it('need the start first', async () => {
    const { append, read } = conversation();
    await expect(append(turn(2))).rejects.toMatchObject({
      ...precondition,
      message: 'The first event of a conversation must be `started`.',
    });
    await expect(read()).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('keep texts in any language, and a NUL character does not cost the turn', async () => {
    const { append, read } = conversation();
    const said = 'Grüße, 您好 🙂';
    await append(started(), turn(2, { generatedText: `${said}\0`, heardText: `${said}\0` }));
    expect((await read()).turns[0]?.turn?.generatedText).toBe(`${said}\uFFFD`);
  });

  it('sum up their usage beyond 32 bits without failing', async () => {
    const { append, read } = conversation();
    const usage = { promptTokens: 4_000_000_000, responseTokens: 1, totalTokens: 4_000_000_001 };
    await append(started(), agentTurn(2, { usage }), agentTurn(3, { usage }));
    expect((await read()).conversation?.usage).toEqual({
      promptTokens: 4_294_967_295,
      responseTokens: 2,
      totalTokens: 4_294_967_295,
    });
  });
});
