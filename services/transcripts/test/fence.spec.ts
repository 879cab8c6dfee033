import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Role, type ConversationEvent } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { createDataSource } from '@orbisvoice/service-kit/database';
import { queryRows } from '@orbisvoice/testing/service-database';
import { transcriptsDatabase } from '../src/database.js';
import {
  agentTurn,
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

function conversation() {
  const conversationId = randomUUID();
  const { caller } = member();
  const { organizationId } = caller;
  /** Appends as the holder with that number. */
  const appendAs = async (fence: number, ...events: ConversationEvent[]) =>
    (await transcripts.client.appendEvents({ conversationId, events, fence }, { caller })).committedSequence;
  const claimAs = async (fence: number, afterSequence: number, by: Caller = caller) =>
    await transcripts.client.claimConversation({ conversationId, fence, afterSequence }, { caller: by });
  const read = async () => await transcripts.client.getConversation({ id: conversationId }, { caller });
  const sequences = async () => (await read()).turns.map((found) => found.sequence);
  return { conversationId, organizationId, appendAs, claimAs, read, sequences };
}

const replacedBy = (fence: number) => ({
  kind: 'failed_precondition',
  retryable: false,
  violations: [{ field: 'fence', message: `must be at least ${fence}` }],
});

const writes = (result: string) => metric(transcripts.service, 'orbisvoice_transcripts_writes_total', { result });

describe('a holder of a conversation', () => {
  it('is refused once another came with a higher fence, and nothing it sends is stored or counted', async () => {
    const { appendAs, read, sequences } = conversation();
    await appendAs(0, started(), turn(2));
    expect(await appendAs(1, agentTurn(3))).toBe(3);
    const [stored, duplicate, rejected] = await Promise.all(['stored', 'duplicate', 'rejected'].map(writes));
    await expect(appendAs(0, turn(2), turn(3), turn(4))).rejects.toMatchObject(replacedBy(1));
    await expect(appendAs(0, started(), turn(2))).rejects.toMatchObject(replacedBy(1));
    await expect(appendAs(0, ended(5, 'client_lost'))).rejects.toMatchObject(replacedBy(1));
    expect(await sequences()).toEqual([2, 3]);
    expect((await read()).conversation).toMatchObject({ turnCount: 2, endReason: '' });
    expect(await Promise.all(['stored', 'duplicate', 'rejected'].map(writes))).toEqual([
      stored,
      duplicate,
      rejected! + 6,
    ]);
  });

  it('may repeat itself after it took over: everything is stored once', async () => {
    const { appendAs, read } = conversation();
    await appendAs(0, started(), turn(2));
    const flush = [turn(2), agentTurn(3), ended(4)];
    expect(await appendAs(7, ...flush)).toBe(4);
    expect(await appendAs(7, ...flush)).toBe(4);
    expect(await Promise.all([1, 2, 3].map(() => appendAs(7, ...flush)))).toEqual([4, 4, 4]);
    expect((await read()).conversation).toMatchObject({ turnCount: 2, usage: { totalTokens: 140 } });
    await expect(appendAs(6, ...flush)).rejects.toMatchObject(replacedBy(7));
  });

  it('that started it keeps lower ones out from the first event on', async () => {
    const { appendAs, sequences } = conversation();
    await appendAs(3, started());
    await expect(appendAs(2, turn(2))).rejects.toMatchObject(replacedBy(3));
    expect(await appendAs(3, turn(2))).toBe(2);
    expect(await sequences()).toEqual([2]);
  });

  it('takes over with nothing but events that are stored already', async () => {
    const { appendAs } = conversation();
    await appendAs(0, started(), turn(2));
    expect(await appendAs(1, started(), turn(2))).toBe(2);
    await expect(appendAs(0, turn(3))).rejects.toMatchObject(replacedBy(1));
  });

  it('takes over a conversation that has ended', async () => {
    const { appendAs, sequences } = conversation();
    await appendAs(0, started(), ended(4));
    expect(await appendAs(1, ended(4))).toBe(1);
    await expect(appendAs(0, turn(2))).rejects.toMatchObject(replacedBy(1));
    expect(await appendAs(1, turn(2), turn(3))).toBe(4);
    expect(await sequences()).toEqual([2, 3]);
  });

  it('takes over even when its events are refused, as after the end', async () => {
    const { appendAs, sequences } = conversation();
    await appendAs(0, started(), ended(4));
    const refused = { kind: 'failed_precondition', retryable: false, violations: [] };
    await expect(appendAs(1, turn(2), turn(5))).rejects.toMatchObject(refused);
    expect(await sequences()).toEqual([]);
    await expect(appendAs(0, turn(3))).rejects.toMatchObject(replacedBy(1));
    expect(await appendAs(1, turn(3))).toBe(1);
  });

  it('cannot leave a half-started conversation behind when its first events do not fit', async () => {
    const { appendAs, read } = conversation();
    await expect(appendAs(5, started(), ended(2), turn(3))).rejects.toMatchObject({ kind: 'failed_precondition' });
    await expect(read()).rejects.toMatchObject({ kind: 'not_found' });
    expect(await appendAs(0, started())).toBe(1);
  });
});

describe('a claim', () => {
  it('tells what is stored beyond what the claimer knows, and keeps the former holder out', async () => {
    const { appendAs, claimAs } = conversation();
    await appendAs(1, started(), turn(2), agentTurn(3), turn(4));
    const claim = await claimAs(2, 2);
    expect(claim).toMatchObject({ lastSequence: 4, ended: false });
    expect(claim.turns.map(({ role }) => role)).toEqual([Role.ROLE_AGENT, Role.ROLE_USER]);
    expect(claim.turns.map(({ startedAt }) => startedAt)).toEqual(
      [agentTurn(3), turn(4)].map(({ kind }) => kind?.$case === 'turn' && kind.value.startedAt),
    );
    expect(await claimAs(2, 4)).toEqual({ lastSequence: 4, turns: [], ended: false });
    await expect(appendAs(1, turn(5))).rejects.toMatchObject(replacedBy(2));
    await expect(claimAs(1, 0)).rejects.toMatchObject(replacedBy(2));
    expect(await appendAs(2, turn(5))).toBe(5);
  });

  it('counts the end, and what lies behind a gap', async () => {
    const { appendAs, claimAs } = conversation();
    await appendAs(1, started(), turn(4));
    expect(await claimAs(2, 1)).toMatchObject({ lastSequence: 4, ended: false });
    await appendAs(2, ended(6));
    expect(await claimAs(3, 4)).toEqual({ lastSequence: 6, turns: [], ended: true });
  });

  it('finds nothing where nothing is stored, or where another organization stores it', async () => {
    const { appendAs, claimAs } = conversation();
    const nothing = { lastSequence: 0, turns: [], ended: false };
    expect(await claimAs(2, 7)).toEqual(nothing);
    await appendAs(1, started(), turn(2));
    expect(await claimAs(9, 0, member().caller)).toEqual(nothing);
    expect(await appendAs(1, turn(3))).toBe(3);
  });

  it.each([
    ['conversation_id', { conversationId: 'x' }],
    ['fence', { fence: 2 ** 31 }],
    ['after_sequence', { afterSequence: 2 ** 31 }],
  ])('names the field that is wrong: %s', async (field, wrong) => {
    const request = { conversationId: randomUUID(), fence: 1, afterSequence: 1, ...wrong };
    const { caller } = member();
    await expect(transcripts.client.claimConversation(request, { caller })).rejects.toMatchObject({
      kind: 'invalid_argument',
      violations: [{ field }],
    });
  });
});

describe('a replaced holder that races the new one', () => {
  it('is refused though it asked before the new one had committed', async () => {
    const { conversationId, organizationId, appendAs, sequences } = conversation();
    await appendAs(0, started());
    const takeOver = createDataSource({ ...transcriptsDatabase, url: transcripts.database.url, poolSize: 1 });
    await takeOver.initialize();
    let late: Promise<unknown> | undefined;
    try {
      await takeOver.transaction(async (tx) => {
        await tx.query(`SELECT set_config('orbisvoice.organization_id', $1, true)`, [organizationId]);
        await tx.query('UPDATE transcripts.conversations SET fence = 1 WHERE id = $1', [conversationId]);
        late = appendAs(0, turn(2)).catch((error: unknown) => error);
        await untilAnAppendWaits();
      });
    } finally {
      await takeOver.destroy();
    }
    expect(await late).toMatchObject(replacedBy(1));
    expect(await sequences()).toEqual([]);
  });

  it('has its events stored before the take-over or not at all', async () => {
    const { appendAs, sequences } = conversation();
    await appendAs(0, started());
    const old = Array.from({ length: 20 }, (_, index) => index + 2);
    const added = Array.from({ length: 20 }, (_, index) => index + 22);
    const append = (fence: number, sequence: number) =>
      appendAs(fence, turn(sequence)).then(
        () => sequence,
        (error: unknown) => error,
      );
    // The new holder asks in the midst of the old one's requests.
    const before = old.slice(0, 10).map((sequence) => append(0, sequence));
    const after = added.map((sequence) => append(1, sequence));
    const late = old.slice(10).map((sequence) => append(0, sequence));
    const answers = await Promise.all([...before, ...late]);
    expect(await Promise.all(after)).toEqual(added);
    const accepted = answers.filter((answer) => typeof answer === 'number');
    for (const answer of answers) if (typeof answer !== 'number') expect(answer).toMatchObject(replacedBy(1));
    expect(await sequences()).toEqual([...accepted, ...added].toSorted((a, b) => a - b));
    await expect(appendAs(0, turn(2))).rejects.toMatchObject(replacedBy(1));
  });

  it('is refused also when both come with the start', async () => {
    const { appendAs, sequences } = conversation();
    const [, won] = await Promise.allSettled([appendAs(1, started(), turn(2)), appendAs(2, started(), turn(2))]);
    expect(won.status).toBe('fulfilled');
    await expect(appendAs(1, turn(3))).rejects.toMatchObject(replacedBy(2));
    expect(await sequences()).toEqual([2]);
  });
});

/** Until a statement of the service waits for a row that another transaction holds. */
async function untilAnAppendWaits(): Promise<void> {
  const end = Date.now() + 5_000;
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await queryRows(transcripts.database.url, waiting)).length === 0) {
    if (Date.now() > end) throw new Error('no append waits for the lock');
    await sleep(10);
  }
}
