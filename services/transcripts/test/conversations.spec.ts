import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { queryRows, tablesWithoutForcedRowSecurity } from '@orbisvoice/testing/service-database';
import {
  agentTurn,
  clientOf,
  ended,
  member,
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

const ALL = { pageSize: 0, pageToken: '', agentId: '' };

async function start(caller = member(), agentId?: string, seconds = 0) {
  const conversationId = randomUUID();
  const events = [started(agentId ? { agentId } : {}, seconds), turn(2), agentTurn(3)];
  await transcripts.client.appendEvents({ conversationId, events, fence: 0 }, caller);
  return { caller, conversationId };
}

describe('the list of conversations', () => {
  it('has the newest first, page by page, each once, also when they start at the same moment', async () => {
    const caller = member();
    const ids: string[] = [];
    for (const seconds of [5, 5, 5, 3, 9, 1, 5]) ids.push((await start(caller, undefined, seconds)).conversationId);
    const found: { id: string; at: bigint }[] = [];
    let pageToken = '';
    do {
      const page = await transcripts.client.listConversations({ ...ALL, pageSize: 2, pageToken }, caller);
      expect(page.conversations.length).toBeLessThanOrEqual(2);
      found.push(...page.conversations.map(({ id, startedAt }) => ({ id, at: startedAt!.seconds })));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(found.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(found).toEqual(found.toSorted((a, b) => Number(b.at - a.at)));
  });

  it('can be of one agent', async () => {
    const caller = member();
    const agentId = randomUUID();
    const { conversationId } = await start(caller, agentId);
    await start(caller);
    const { conversations } = await transcripts.client.listConversations({ ...ALL, agentId }, caller);
    expect(conversations.map(({ id }) => id)).toEqual([conversationId]);
    expect((await transcripts.client.listConversations(ALL, caller)).conversations).toHaveLength(2);
  });
});

describe('organizations', () => {
  it("cannot read, list, continue or take over each other's conversations", async () => {
    const { client } = transcripts;
    const { caller, conversationId } = await start();
    const stranger = member();
    await expect(client.getConversation({ id: conversationId }, stranger)).rejects.toMatchObject({
      kind: 'not_found',
      message: `There is no conversation with id "${conversationId}".`,
    });
    expect((await client.listConversations(ALL, stranger)).conversations).toEqual([]);
    await expect(
      client.appendEvents({ conversationId, events: [started()], fence: 0 }, stranger),
    ).rejects.toMatchObject({
      kind: 'not_found',
    });
    // Nothing tells it from an id that nobody has.
    const appendTo = async (id: string) =>
      await client.appendEvents({ conversationId: id, events: [turn(4)], fence: 0 }, stranger);
    const [known, unknown] = await Promise.all(
      [conversationId, randomUUID()].map((id) => appendTo(id).catch((error: Error) => error)),
    );
    expect(known).toMatchObject({ kind: 'failed_precondition' });
    expect((known as Error).message).toBe((unknown as Error).message);
    expect((await client.getConversation({ id: conversationId }, caller)).turns).toHaveLength(2);
  });

  it('are kept apart by the database when a query forgets to', async () => {
    const { caller, conversationId } = await start();
    await transcripts.client.appendEvents({ conversationId, events: [ended(4)], fence: 0 }, caller);
    const { database } = transcripts;
    for (const table of ['conversations', 'turns', 'outbox']) {
      expect(await queryRows(database.url, `SELECT 1 FROM transcripts.${table}`)).toEqual([]);
      expect(await queryRows(database.ownerUrl, `SELECT 1 FROM transcripts.${table}`)).toEqual([]);
      expect(await queryRows(database.url, `DELETE FROM transcripts.${table} RETURNING 1`)).toEqual([]);
    }
    expect(await tablesWithoutForcedRowSecurity(database.url, 'transcripts')).toEqual([]);
  });
});

describe('callers', () => {
  it('with a forged context are refused', async () => {
    const forger = clientOf(transcripts.service, 'another-secret-of-thirty-two-chars');
    await expect(forger.listConversations(ALL, member())).rejects.toMatchObject({ kind: 'unauthenticated' });
    forger.close();
  });

  it('that act for no organization are refused', async () => {
    const operator = { caller: { subject: 'service:standalone', roles: ['operator' as const, 'member' as const] } };
    await expect(transcripts.client.listConversations(ALL, operator)).rejects.toMatchObject({
      kind: 'permission_denied',
    });
  });

  it('without the role member may write but not read', async () => {
    const { client } = transcripts;
    const call = { caller: { ...member().caller, subject: 'call:1', roles: [] } };
    const { conversationId } = await start(call);
    await expect(client.getConversation({ id: conversationId }, call)).rejects.toMatchObject({
      kind: 'permission_denied',
    });
    await expect(client.listConversations(ALL, call)).rejects.toMatchObject({ kind: 'permission_denied' });
  });
});
